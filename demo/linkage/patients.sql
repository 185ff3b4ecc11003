-- One source: its database, its patients, its secret. Every hospital has a quarter of all persons and some that all have; the
-- insurance has nearly everybody.
CREATE EXTENSION health_dp;
GRANT CREATE ON SCHEMA public TO lena;
ALTER DATABASE :source SET search_path = public, health_dp;
CREATE TABLE patient AS
    SELECT :'source' || '-' || n AS record, number || lpad((97 - number % 97)::text, 2, '0') AS nir, n % 400 = 11 AS is_opposed
      FROM generate_series(1, :persons) n
     CROSS JOIN LATERAL (SELECT (1 + n % 2) * 1000000000000 + (30 + n % 70) * 10000000000 + (1 + n % 12) * 100000000
                              + (1 + n % 19) * 1000000 + (1 + n % 990) * 1000 + 1 + n / 990 % 999) p(number)
     WHERE CASE :'source' WHEN 'cnam' THEN n % 20 <> 3
           ELSE n % 50 = 7 OR n % 4 = array_position(ARRAY['hcl', 'clb', 'nancy', 'joseph'], :'source') - 1 END;
ALTER TABLE patient OWNER TO lena;
