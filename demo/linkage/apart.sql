SET search_path = public, health_dp;
CREATE TABLE apart AS SELECT p.pseudonym AS here, p.pseudonym::text |> 'other study' AS there FROM (SELECT DISTINCT pseudonym FROM person) p;
-- Without the version in front, which says nothing of the person.
SELECT count(*) AS persons, count(DISTINCT there) AS persons_there,
       (SELECT count(*) FROM apart a JOIN apart b ON substr(a.here::bytea, 2) = substr(b.there::bytea, 2)) AS in_common
  FROM apart;
