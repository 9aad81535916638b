/** A day of the calendar. */
export interface CivilDay {
  year: number;
  month: number;
  day: number;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** 0 is Sunday; 1970-01-01 was a Thursday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** The year, month and day of YYYY-MM-DD. */
export function parseDay(iso: string): CivilDay | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})/.exec(iso);
  if (!match) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { year, month, day } : undefined;
}

/** Days from `today` to the last day of its month. */
export function daysToMonthEnd(today: CivilDay): number {
  const next = today.month === 12 ? daysFromCivil(today.year + 1, 1, 1) : daysFromCivil(today.year, today.month + 1, 1);
  return next - 1 - daysFromCivil(today.year, today.month, today.day);
}

/** Days of the calendar until so many working days have passed; weekends do not count. */
export function workingDays(today: CivilDay, count: number): number {
  const now = daysFromCivil(today.year, today.month, today.day);
  let days = 0;
  for (let left = count; left > 0; ) {
    days++;
    const of = weekday(now + days);
    if (of !== 0 && of !== 6) left--;
  }
  return days;
}
