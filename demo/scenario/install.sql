CREATE EXTENSION health_dp;
-- Analysts write dp_count, not health_dp.dp_count.
ALTER DATABASE emc2 SET search_path = "$user", public, health_dp;

-- Clara is a custodian, Sophie a steward, who also owns the warehouse; Alice and Bob are analysts, with no privilege on any table.
CREATE ROLE sophie LOGIN;
GRANT health_dp_steward TO sophie;
CREATE ROLE clara LOGIN;
GRANT health_dp_custodian TO clara;
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
ALTER SCHEMA care OWNER TO sophie;
ALTER SCHEMA snds OWNER TO sophie;
ALTER TABLE care.patient OWNER TO sophie;
ALTER TABLE care.stay OWNER TO sophie;
ALTER TABLE care.drug_line OWNER TO sophie;
ALTER TABLE snds.dispensing OWNER TO sophie;
ALTER SCHEMA ref OWNER TO sophie;
ALTER TABLE ref.region OWNER TO sophie;
ALTER TABLE ref.hospital OWNER TO sophie;
ALTER TABLE ref.atc OWNER TO sophie;
ALTER TABLE ref.diagnosis OWNER TO sophie;
ALTER TABLE ref.calendar OWNER TO sophie;
GRANT USAGE ON SCHEMA care, snds, ref TO alice, bob;
