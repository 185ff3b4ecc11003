SET search_path = public, health_dp;
CREATE TABLE person AS SELECT * FROM crosswalk('emc2');
SELECT count(*) AS records, count(DISTINCT pseudonym) AS persons FROM person;
-- A person whom every source knows.
SELECT source, local_reference, pseudonym FROM person
 WHERE pseudonym IN (SELECT pseudonym FROM person WHERE local_reference = 'hcl-57') ORDER BY source;
