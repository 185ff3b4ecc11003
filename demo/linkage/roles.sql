-- Clara is a custodian and Sophie a steward, on every server; Lena looks after a source's data, Theo works at the third
-- party; each source has a role at the warehouse, and the loader one.
CREATE ROLE clara LOGIN IN ROLE health_dp_custodian;
CREATE ROLE sophie LOGIN IN ROLE health_dp_steward;
CREATE ROLE lena LOGIN;
CREATE ROLE theo LOGIN;
CREATE ROLE hcl LOGIN;
CREATE ROLE clb LOGIN;
CREATE ROLE nancy LOGIN;
CREATE ROLE joseph LOGIN;
CREATE ROLE cnam LOGIN;
CREATE ROLE loader LOGIN;
GRANT CREATE ON SCHEMA public TO lena, theo, loader;
