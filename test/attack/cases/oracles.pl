# Expressions on protected rows: whatever can fail, be observed or act is refused, or replaced by what cannot.
use strict;
use warnings;

[
    { name => 'division by zero', clause => 'C18', charged => 4, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE 1 / (patient_id - :id) > -1;
SELECT dp_sum(100 / (nights - 77), 0, 1) FROM care.stay WHERE patient_id = :id;
SELECT dp_count(*) FROM care.stay WHERE cost % (CASE WHEN patient_id = :id THEN 0 ELSE 1 END) = 0;
SELECT dp_count(*) FROM care.stay WHERE weight / (weight - 1.5) > 0 AND patient_id = :id;
SQL
    { name => 'overflow', clause => 'C18', charged => 7, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 2147483647 ELSE 0 END) + 1 > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 9223372036854775807 ELSE 0 END) * 2 > 0;
SELECT dp_count(*) FROM care.stay WHERE - (CASE WHEN patient_id = :id THEN (-32768)::int2 ELSE 0::int2 END) > 0::int2;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 1e308::float8 ELSE 0 END) * 10::float8 > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 1e-308::float8 ELSE 1 END) / 1e300::float8 > 0;
SELECT dp_count(*) FROM care.stay WHERE abs(CASE WHEN patient_id = :id THEN (-2147483648)::int ELSE 0 END) > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 9e131071 ELSE 0 END) * 10 > 0;
SQL
    { name => 'overflow of numeric: sums per patient, rounding', clause => 'C18', charged => 4, twins => 1,
      sql => <<'SQL' },
SELECT repeat('9', 131072) || '.5' AS nines \gset
SELECT dp_count(*) FROM (SELECT patient_id, sum(CASE WHEN patient_id = :id THEN 9e131071 ELSE 0 END) AS x FROM care.stay GROUP BY patient_id) q WHERE x > 0;
SELECT dp_count(*) FROM (SELECT patient_id, avg(CASE WHEN patient_id = :id THEN 9e131071 ELSE 0 END) AS x FROM care.stay GROUP BY patient_id) q WHERE x > 0;
SELECT dp_count(*) FROM care.stay WHERE ceil(CASE WHEN patient_id = :id THEN :nines ELSE 0 END) > 0;
SELECT dp_count(*) FROM care.stay WHERE round(CASE WHEN patient_id = :id THEN -:nines ELSE 0 END) + floor(CASE WHEN patient_id = :id THEN -:nines ELSE 0 END) > 0;
SQL
    { name => 'conversions that may not fit', clause => 'C18', charged => 5, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 1e10 ELSE 1 END)::int > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 'NaN'::float8 ELSE 1 END)::bigint > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 100000 ELSE 1 END)::smallint > 0;
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN 1e300 ELSE 1 END)::float4 > 0;
SELECT dp_sum((CASE WHEN patient_id = :id THEN 'Infinity'::numeric ELSE 1 END)::int, 0, 1) FROM care.stay;
SQL
    { name => 'casts of text', clause => 'C18', refused => 'ZD004',
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE note::int > 0;
SELECT dp_count(*) FROM care.stay WHERE note::date > '2000-01-01';
SELECT dp_count(*) FROM care.stay WHERE (note)::regclass IS NULL;
SELECT dp_count(*) FROM care.stay WHERE note::xml IS NOT NULL;
SELECT dp_count(*) FROM care.stay WHERE note::json IS NOT NULL;
SELECT dp_count(*) FROM care.stay WHERE note::varchar(3)::char(2) = 'no';
SELECT dp_count(*) FROM care.stay WHERE to_number(note, '999') > 0;
SELECT dp_count(*) FROM care.stay WHERE cost::numeric(3, 1) > 0;
SQL
    { name => 'regular expressions', clause => 'C18', refused => 'ZD004',
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE note ~ '(a+)+$';
SELECT dp_count(*) FROM care.stay WHERE 'x' ~ note;
SELECT dp_count(*) FROM care.stay WHERE regexp_replace(note, '(.)', '\1') = 'x';
SELECT dp_count(*) FROM care.stay WHERE note SIMILAR TO '%x';
SELECT dp_count(*) FROM care.stay WHERE note LIKE note;
SELECT dp_count(*) FROM care.stay WHERE note LIKE 'x\';
SQL
    { name => 'LIKE that runs out of stack', clause => 'C18', refused => 'ZD004', errors => 2, twins => 1,
      sql => <<'SQL' },
SELECT repeat('a', 60000) AS text, repeat('%a', 60000) AS pattern \gset
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN :'text' ELSE '' END) LIKE :'pattern';
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN :'text' ELSE '' END) ILIKE :'pattern';
SQL
    { name => 'array subscripts and slices', clause => 'C18', refused => 'ZD004',
      sql => 'SELECT dp_count(*) FROM care.stay WHERE tags[3] = 3; SELECT dp_count(*) FROM care.stay WHERE tags[1:2] = ARRAY[1, 2]; SELECT dp_count(*) FROM care.stay WHERE (ARRAY[1, 2])[nights] = 1;' },
    { name => 'arrays of different dimensions', clause => 'C18', refused => 'ZD004', twins => 1,
      sql => 'SELECT dp_count(*) FROM care.stay WHERE 1 = ANY (ARRAY[CASE WHEN patient_id = :id THEN ARRAY[1, 2] ELSE ARRAY[1] END, ARRAY[2]]); SELECT dp_count(*) FROM care.stay WHERE 3 = ANY (ARRAY[tags, ARRAY[1, 2]]); SELECT dp_count(*) FROM care.stay WHERE tags || ARRAY[[1]] IS NULL;' },
    # What depends on no row of the release is computed before it, once: its error tells of public tables.
    { name => 'scalar sub-selects with two rows', clause => 'C18', refused => ['ZD004', '21000'], twins => 1,
      sql => 'SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND nights = (SELECT n FROM ref.number WHERE n < 3); SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND nights = (SELECT n FROM ref.number WHERE n = nights OR n = 1);' },
    { name => 'functions of time, text and size that can fail', clause => 'C18', refused => 'ZD004',
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE repeat(note, 100000000) = 'x';
SELECT dp_count(*) FROM care.stay WHERE lpad(note, nights * 100000000) = 'x';
SELECT dp_count(*) FROM care.stay WHERE chr(nights) = 'x';
SELECT dp_count(*) FROM care.stay WHERE substring(note, 1, nights - 77) = 'x';
SELECT dp_count(*) FROM care.patient WHERE make_date(2020, sex, 30) > birth;
SELECT dp_count(*) FROM care.patient WHERE date_trunc(sex::text, birth::timestamp) > birth;
SELECT dp_count(*) FROM care.stay WHERE ln(nights - 77) > 0;
SELECT dp_count(*) FROM care.stay WHERE sqrt(weight - 50) > 0;
SELECT dp_count(*) FROM care.stay WHERE power(cost, 100000) > 0;
SELECT dp_count(*) FROM care.stay WHERE convert_from(note::bytea, 'UTF8') = 'x';
SELECT dp_count(*) FROM care.stay WHERE encode(decode(note, 'hex'), 'hex') = 'x';
SELECT dp_count(*) FROM care.stay WHERE jsonb_path_exists('{}'::jsonb, note::jsonpath);
SQL
    { name => 'dates beyond the calendar', clause => 'C18', charged => 3, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.patient WHERE birth + (CASE WHEN patient_id = :id THEN 2147483647 ELSE 0 END) > '2000-01-01';
SELECT dp_count(*) FROM care.patient WHERE birth + (CASE WHEN patient_id = :id THEN interval '178000000 years' ELSE interval '0' END) > '2000-01-01';
SELECT dp_count(*) FROM care.patient WHERE extract(year FROM (CASE WHEN patient_id = :id THEN 'infinity'::date ELSE birth END)) > 2000;
SQL
    { name => 'NaN, infinity and extremes in what is added up', clause => 'C5', charged => 4, twins => 1,
      sql => <<'SQL' },
SELECT dp_sum(CASE WHEN patient_id = :id THEN 'NaN'::float8 ELSE 1 END, 0, 1) FROM care.stay;
SELECT dp_avg(CASE WHEN patient_id = :id THEN '-Infinity'::numeric ELSE 1 END, 0, 1) FROM care.stay;
SELECT dp_sum(CASE WHEN patient_id = :id THEN -9223372036854775808 ELSE 1 END, -9223372036854775807, 9223372036854775807) FROM care.stay;
SELECT dp_sum(CASE WHEN patient_id = :id THEN 1e131071 ELSE 1e-16383 END, 0, 1) FROM care.stay;
SQL
    { name => 'conditional errors by CASE', clause => 'C18', twins => 1, refused => '22012',
      sql => 'SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN 1 / 0 ELSE 1 END = 1;' },
    { name => 'conditional errors by COALESCE and NULLIF', clause => 'C18', charged => 1, twins => 1,
      sql => 'SELECT dp_count(*) FROM care.stay WHERE COALESCE(NULLIF(patient_id, :id), 1 / (nights - nights)) > 0;' },
    { name => 'sleeping, signalling and locking per row', clause => 'C18', refused => ['ZD004', '42501'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE pg_sleep(0.001) IS NOT NULL;
SELECT dp_count(*) FROM care.stay WHERE pg_advisory_lock(patient_id) IS NULL;
SELECT dp_count(*) FROM care.stay WHERE pg_try_advisory_xact_lock(patient_id);
SELECT dp_count(*) FROM care.stay WHERE pg_notify('x', note) IS NULL;
SELECT dp_count(*) FROM care.stay WHERE set_config('a.b', note, false) = '';
SELECT dp_count(*) FROM care.stay WHERE current_setting(note, true) IS NULL;
SELECT dp_count(*) FROM care.stay WHERE lo_from_bytea(0, note::bytea) > 0;
SELECT dp_count(*) FROM care.stay WHERE lo_creat(-1) > 0;
SELECT dp_count(*) FROM care.stay WHERE nextval('care.stay_stay_id_seq') > 0;
SELECT dp_count(*) FROM care.stay WHERE pg_logical_emit_message(false, 'x', note) IS NULL;
SELECT dp_count(*) FROM care.stay WHERE pg_cancel_backend(nights) ;
SELECT dp_count(*) FROM care.stay WHERE query_to_xml('SELECT ' || note, true, true, '') IS NULL;
SELECT dp_count(*) FROM care.stay WHERE pg_stat_reset() IS NULL;
SELECT dp_count(*) FROM care.stay WHERE random() < 0.5;
SELECT dp_count(*) FROM care.stay WHERE clock_timestamp() > '2000-01-01';
SQL
    { name => 'the same in every clause of a release', clause => 'C18', refused => 'ZD004',
      sql => <<'SQL' },
SELECT dp_count(*) FILTER (WHERE pg_notify('x', note) IS NULL) FROM care.stay;
SELECT dp_count(pg_notify('x', note)) FROM care.stay;
SELECT dp_sum(length(set_config('a.b', note, false)), 0, 1) FROM care.stay;
SELECT set_config('a.b', note, false), dp_count(*) FROM care.stay GROUP BY 1;
SELECT dp_count(*) FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id AND set_config('a.b', note, false) <> '';
SELECT dp_count(*) FROM (SELECT patient_id, set_config('a.b', max(note), false) FROM care.stay GROUP BY patient_id) q;
SELECT dp_count(*) FROM (SELECT patient_id FROM care.stay GROUP BY patient_id HAVING set_config('a.b', max(note), false) <> '') q;
SELECT dp_count(*) FROM (SELECT patient_id, set_config('a.b', note, false) FROM care.stay ORDER BY 2) q;
SELECT dp_count(*) FROM care.stay s JOIN (VALUES (set_config('a.b', 'x', false)), (random()::text)) v(x) ON true;
SELECT dp_count(*) FROM care.stay WHERE nights IN (SELECT n FROM ref.number WHERE pg_notify('x', n::text) IS NULL);
SELECT dp_count(*) FROM (SELECT patient_id, array_agg(note) FROM care.stay GROUP BY patient_id) q;
SELECT dp_count(*) FROM (SELECT patient_id, string_agg(note, ',') FROM care.stay GROUP BY patient_id) q;
SELECT dp_count(*) FROM (SELECT patient_id, sum(weight) AS w FROM care.stay GROUP BY patient_id) q;
SELECT dp_count(*) FROM care.stay WHERE nights = ANY (SELECT random()::int);
SQL
    { name => 'errors above the fence show released values only', clause => 'C17', refused => ['22012', '22P02'], charged => 2,
      sql => "SELECT 1 / (dp_count(*) * 0) FROM care.stay; SELECT ('x' || dp_count(*))::int FROM care.stay;" },
]
