import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The roll-up in Kafka Streams, exactly once: the newest decision of each report, grouped by
 * template and period, added up as KTables do it, with an adder and a subtractor.
 *
 * <p>Arguments: bootstrap, input topic, application id, output topic, state directory.
 */
public final class RollUp {
  private static final String[] FIELDS = {
    "fin01", "fin02", "fin03", "fin04", "fin05", "fin06", "fin07", "fin08", "fin09", "fin11"
  };
  private static final ObjectMapper JSON = new ObjectMapper();

  private RollUp() {}

  public static void main(String[] arguments) {
    StreamsBuilder builder = new StreamsBuilder();
    var text = Serdes.String();
    var bytes = Serdes.ByteArray();
    KTable<String, byte[]> newest =
        builder.<String, byte[]>stream(arguments[1])
            .mapValues(RollUp::read)
            .groupByKey(Grouped.with(text, bytes))
            .aggregate(() -> new byte[0], (id, now, known) -> newer(now, known),
                Materialized.with(text, bytes));
    newest
        .groupBy((id, fact) -> KeyValue.pair(group(fact), sums(fact)), Grouped.with(text, bytes))
        .aggregate(() -> new byte[8 * FIELDS.length],
            (group, fact, total) -> moved(total, fact, 1),
            (group, fact, total) -> moved(total, fact, -1),
            Materialized.with(text, bytes))
        .toStream()
        .mapValues(RollUp::written)
        .to(arguments[3], Produced.with(text, text));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(arguments));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  private static Properties settings(String[] arguments) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[2]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[4]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    return settings;
  }

  /** Decision number, ten amounts in thousandths, then the group's name. */
  private static byte[] read(byte[] value) {
    try {
      JsonNode event = JSON.readTree(value);
      String group =
          event.get("template_code").asText() + "/" + event.get("period").get("code").asText();
      byte[] name = group.getBytes(StandardCharsets.UTF_8);
      ByteBuffer fact = ByteBuffer.allocate(4 + 8 * FIELDS.length + name.length);
      fact.putInt(event.get("decision_no").asInt());
      JsonNode values = event.get("content").get("values");
      for (String field : FIELDS) {
        fact.putLong(new BigDecimal(values.get(field).asText()).movePointRight(3).longValueExact());
      }
      return fact.put(name).array();
    } catch (java.io.IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  private static byte[] newer(byte[] now, byte[] known) {
    boolean older =
        known.length > 0 && ByteBuffer.wrap(known).getInt() >= ByteBuffer.wrap(now).getInt();
    return older ? known : now;
  }

  private static String group(byte[] fact) {
    int head = 4 + 8 * FIELDS.length;
    return new String(fact, head, fact.length - head, StandardCharsets.UTF_8);
  }

  private static byte[] sums(byte[] fact) {
    return java.util.Arrays.copyOfRange(fact, 4, 4 + 8 * FIELDS.length);
  }

  private static byte[] moved(byte[] total, byte[] fact, int sign) {
    ByteBuffer before = ByteBuffer.wrap(total);
    ByteBuffer by = ByteBuffer.wrap(fact);
    ByteBuffer after = ByteBuffer.allocate(total.length);
    while (by.hasRemaining()) {
      after.putLong(before.getLong() + sign * by.getLong());
    }
    return after.array();
  }

  private static String written(byte[] total) {
    ByteBuffer sums = ByteBuffer.wrap(total);
    StringBuilder text = new StringBuilder("{");
    for (String field : FIELDS) {
      text.append(text.length() > 1 ? "," : "");
      text.append('"').append(field).append("\":\"");
      text.append(BigDecimal.valueOf(sums.getLong(), 3)).append('"');
    }
    return text.append('}').toString();
  }
}
