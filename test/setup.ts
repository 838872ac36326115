/** Every test sees the same clock zone and locale, whatever the machine's are. */
process.env.TZ = 'UTC';
process.env.LC_ALL = 'C';
process.env.NO_COLOR = '1';
