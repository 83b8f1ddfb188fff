package dev.figment.data;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Times as ISO 8601 and RFC 3339 write them: a date, or a date and a time, with a zone or not. */
final class CsvTime {
  private static final Pattern LIKE_A_DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d.*");
  private static final double NANO = 1e-9;

  private CsvTime() {}

  /** The seconds since 1970, in UTC where the field names no zone; empty where it is no time. */
  static OptionalDouble seconds(String field) {
    if (!LIKE_A_DATE.matcher(field).matches()) {
      return OptionalDouble.empty();
    }
    try {
      String iso = field.replaceFirst("^(.{10}) ", "$1T");
      TemporalAccessor time =
          iso.length() == 10
              ? LocalDate.parse(iso).atStartOfDay()
              : DateTimeFormatter.ISO_DATE_TIME.parseBest(
                  iso, ZonedDateTime::from, LocalDateTime::from);
      ZonedDateTime zoned =
          time instanceof LocalDateTime local
              ? local.atZone(ZoneOffset.UTC)
              : ZonedDateTime.from(time);
      return OptionalDouble.of(zoned.toEpochSecond() + zoned.getNano() * NANO);
    } catch (DateTimeException e) {
      return OptionalDouble.empty();
    }
  }
}
