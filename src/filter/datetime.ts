/*
 * Times as payloads and filters write them: RFC 3339, and what Qdrant takes beside it: a space for the T, an
 * offset of hours alone, no zone (UTC then), no seconds, the date alone.
 */

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?(?: ?(?:Z|UTC|([+-])(\d\d)(?::?(\d\d))?))?)?)?$/i;

/** The Gregorian calendar repeats after 400 years. Date.UTC takes the years 0 to 99 for 1900 to 1999. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap && month === 2 ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/**
 * Microseconds since 1970, undefined for anything that is not a time. Exact up to the year 2255; beyond, the nearest float64.
 * Digits below the microsecond are cut off. A leap second (:60) is the same as the second after it.
 */
export function microsecondsOf(text: string): number | undefined {
  const found = FORM.exec(text);
  if (!found) return undefined;
  const part = (group: number): number => Number(found[group] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const [offsetHours, offsetMinutes] = [part(9), part(10)];
  if (day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60) return undefined;
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * (found[8] === '-' ? -1 : 1);
  const ms = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute - offset, second) - CYCLE_MS;
  return ms * 1_000 + Number((found[7] ?? '').slice(0, 6).padEnd(6, '0'));
}
