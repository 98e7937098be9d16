"""Every metric once, with its meaning; nothing else in the house declares one.

Labels have few values: never an id, an address or a subject.
"""

from prometheus_client import Counter, Gauge, Histogram, Info

BUILD = Info("wardline_build", "Name and version of the running service.")

# HTTP
HTTP_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "From the request's first byte to the answer's last; a stream lasts as long as it is read.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HTTP_LIMITED = Counter(
    "http_requests_limited_total",
    "Requests answered 429: of a subject, of an address with refused-token, for more streams.",
    ["limit"],
)
HTTP_IN_FLIGHT = Gauge("http_server_active_requests", "Requests that are being answered.")

# Database
POOL_IN_USE = Gauge("db_pool_in_use", "Database connections taken from the pool.")
DATABASE_AWAY = Counter(
    "db_unavailable_total",
    "Requests answered 503 because the database or a connection to it was missing.",
)

# Background work
JOB_SECONDS = Histogram(
    "job_duration_seconds", "One run of a periodic job that succeeded.", ["job"]
)
JOB_FAILURES = Counter("job_failures_total", "Runs of a periodic job that failed.", ["job"])
JOB_LAST_SUCCESS = Gauge(
    "job_last_success_timestamp_seconds", "When a job last succeeded here.", ["job"]
)
LOOP_AGE = Gauge(
    "loop_last_turn_age_seconds", "Since a background loop last made a turn.", ["loop"]
)
LOOP_RESTARTS = Counter(
    "loop_restarts_total", "Times a background loop failed and was started again.", ["loop"]
)

# The bus, outwards
OUTBOX_PENDING = Gauge(
    "outbox_pending_messages", "Events that wait to be told, as the leading relay last saw it."
)
OUTBOX_OLDEST_AGE = Gauge(
    "outbox_oldest_pending_age_seconds", "How long the oldest of them has been waiting."
)
OUTBOX_REFUSED = Gauge(
    "outbox_refused_messages",
    "Events that the broker refused for good; later ones of their key wait for an operator.",
)
OUTBOX_PUBLISHED = Counter(
    "outbox_published_total", "Events that the broker acknowledged.", ["topic"]
)
RELAY_LEADS = Gauge("relay_leads", "1 where this replica tells the service's events.")
PRODUCER_REPLACED = Counter(
    "relay_producer_replaced_total", "Times a producer failed and another took its place."
)

# The bus, inwards
INBOX_PROCESSED = Counter(
    "inbox_processed_total", "New events given to a handler.", ["listener", "handler"]
)
INBOX_DUPLICATES = Counter(
    "inbox_duplicates_total", "Events that had been handled before.", ["listener"]
)
RECORDS_SKIPPED = Counter(
    "records_skipped_total",
    "Records that are no event for us: tombstone, unhandled-type, unknown-type.",
    ["listener", "reason"],
)
DEAD_LETTERS = Counter("dead_letters_total", "Records set aside.", ["listener", "stage", "cause"])
DEAD_LETTERS_OPEN = Gauge(
    "dead_letters_open",
    "Records that wait for an operator, as the leading replica last saw it: waiting; parked after"
    " three replays that failed.",
    ["state"],
)
DEAD_LETTERS_REPLAYED = Counter(
    "dead_letters_replayed_total",
    "Records that an operator let apply again: applied, failed, no-effect.",
    ["listener", "outcome"],
)
EVENT_AGE = Histogram(
    "event_age_seconds",
    "From an event's own time to the commit of its effects here.",
    ["listener"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400),
)
BATCH_SECONDS = Histogram("batch_duration_seconds", "One batch with its commit.", ["listener"])
CONSUMER_HOLDS = Counter(
    "consumer_holds_total",
    "Batches rolled back to be brought again: infrastructure or breaker.",
    ["listener", "reason"],
)
CONSUMER_BREAKER = Gauge(
    "consumer_breaker_open",
    "1 while a handler fails so often that its records are held back.",
    ["listener"],
)
CONSUMER_LAG = Gauge(
    "consumer_lag_messages",
    "Records of an assigned partition that were not applied yet.",
    ["listener", "topic", "partition"],
)
CONSUMER_LAG_SECONDS = Gauge(
    "consumer_lag_seconds",
    "Age of the last record applied from a partition that has more of them.",
    ["listener", "topic", "partition"],
)
CONSUMER_GAPS = Gauge(
    "consumer_log_gaps",
    "Partitions where the log no longer holds what this group was to read next.",
    ["listener"],
)
CONSUMER_REBALANCES = Counter(
    "consumer_rebalances_total", "Times partitions were assigned.", ["listener"]
)
CONSUMER_RESTARTS = Counter(
    "consumer_restarts_total", "Times a consumer could not start or died.", ["listener"]
)

# Validation
DECISIONS = Counter(
    "report_decisions_total", "Decisions on reports, of rules and of people.", ["kind", "template"]
)
REPORTS_AWAITING_REVIEW = Gauge(
    "reports_awaiting_review",
    "Reports that wait for a person, as the leader sees it.",
    ["template"],
)
REVIEW_AGE = Gauge(
    "review_oldest_age_seconds", "How long the first of them has waited.", ["template"]
)
RULES_FAILED = Counter(
    "rule_failures_total",
    "Reports on which a rule could not be evaluated: a mistake in the template, not in the report.",
    ["rule"],
)

# Aggregation
FIGURES_MISMATCHED = Gauge(
    "figures_mismatched",
    "Figure sets that were not what their facts add up to when they were last compared: must be 0.",
)
FIGURES_UNCHECKED_AGE = Gauge(
    "figures_unchecked_age_seconds",
    "Since the figure set that waits longest for it was last compared with its facts.",
)
FIGURES_UNTOLD_AGE = Gauge(
    "figures_untold_age_seconds",
    "How long the figures that changed longest ago have waited to be announced; 0 when none do.",
)

# Notification
NOTIFICATIONS = Counter(
    "notifications_total",
    "By channel, kind and outcome: told; sent, pending (refused, tried again), failed, dropped (no"
    " longer wanted), untried (the server is away), lease-lost, expired.",
    ["channel", "kind", "outcome"],
)
NOTIFICATION_SECONDS = Histogram(
    "notification_delivery_seconds",
    "From a decision to its notice, or to the mail server's acceptance.",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600, 3600, 86400),
)
NOTIFICATION_PENDING_AGE = Gauge(
    "notification_pending_oldest_age_seconds",
    "Since the oldest delivery that was not sent yet was made.",
    ["channel"],
)
STREAMS_OPEN = Gauge("streams_open", "Streams of server-sent events of this replica.", ["log"])
STREAMS_DROPPED = Counter(
    "streams_dropped_total", "Streams ended because their reader was too slow."
)
