-- The database, a schema per service and two roles for each: <service>_owner changes tables,
-- <service> is what the process uses. Nothing is granted across. Run it as often as you like:
--
--   psql -X -v ON_ERROR_STOP=1 -d postgres -f roles.sql       (-v database=… for another name)
--
-- WARDLINE_DATABASE_PASSWORDS may hold {"submission": "…", "submission_owner": "…", …} as JSON;
-- a role that is not named there keeps the password it has, or has none.

\getenv passwords WARDLINE_DATABASE_PASSWORDS
\if :{?passwords}
\else
  \set passwords '{}'
\endif
\if :{?database}
\else
  \set database wardline
\endif
\set services 'submission,validation,aggregation,notification'

-- Order and case are the same on every machine: the builtin locale asks no library.
SELECT format(
  'CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''
     LOCALE ''C'' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8''', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

\connect :database

SELECT format('CREATE ROLE %I', role)
FROM unnest(string_to_array(:'services', ',')) AS service,
     unnest(ARRAY[service, service || '_owner']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role),
       format('ALTER ROLE %I SET search_path = %I', role, service)
FROM unnest(string_to_array(:'services', ',')) AS service,
     unnest(ARRAY[service, service || '_owner']) AS role
\gexec

SELECT format('ALTER ROLE %I PASSWORD %L', role, password)
FROM json_each_text(:'passwords') AS given(role, password)
\gexec

-- Whoever is not named gets nothing: not into the database, not into its public schema.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database')
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;

SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', :'database', service, service || '_owner'),
       format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service || '_owner'),
       format('GRANT USAGE ON SCHEMA %I TO %I', service, service)
FROM unnest(string_to_array(:'services', ',')) AS service
\gexec

-- Where the aggregation service's owner makes the facts anew, beside those that are served from.
CREATE SCHEMA IF NOT EXISTS aggregation_rebuild AUTHORIZATION aggregation_owner;

-- What the owner makes later, the process may use: rows and sequences, never the tables themselves.
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I ', owner, service) || privilege
FROM unnest(string_to_array(:'services', ',')) AS service,
     LATERAL (SELECT service || '_owner' AS owner) AS owners,
     unnest(ARRAY[
       format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service),
       format('GRANT USAGE, SELECT ON SEQUENCES TO %I', service),
       format('GRANT EXECUTE ON FUNCTIONS TO %I', service)
     ]) AS privilege
\gexec
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
              service || '_owner')
FROM unnest(string_to_array(:'services', ',')) AS service
\gexec

-- The services themselves give up a statement after 10 s; the server's limit is above it, so that
-- what takes too long ends with one error. A commit's wait for a synchronous standby has no limit.
-- A process that hangs holds neither locks nor old row versions for long. Owners have no limits:
-- a migration takes the time it takes.
SELECT format('ALTER ROLE %I SET %I = %L', service, name, value)
FROM unnest(string_to_array(:'services', ',')) AS service,
     (VALUES ('statement_timeout', '15s'),
             ('lock_timeout', '3s'),
             ('transaction_timeout', '30s'),
             ('idle_in_transaction_session_timeout', '15s')) AS limits(name, value)
\gexec
