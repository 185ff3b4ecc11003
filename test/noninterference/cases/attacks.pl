# Part (d): the attacks that once worked, W1 to W13, as they were found.
use strict;
use warnings;
no warnings 'redefine'; # read once for each part

my @nested = map { "SET $_ = off" } qw(enable_hashjoin enable_mergejoin enable_material enable_memoize);
push @nested, 'SET max_parallel_workers_per_gather = 0';
my $long_text = q{btrim(case when cost > 400000 then repeat('x', 140000000) else 'a' end) = 'b'};

# A plan's choice between generic and custom, seen without an execution.
sub plans {
    my ($least) = @_;
    my $values = join ',', ('(1)') x 5000;
    my @bind = ([ bind => 's', $least, 0, 1000000000 ], 'sync');
    return [ [ [ parse => 's', "select dp_count(*) from care.stay s, (values $values) v where cost > \$1 and stay_id > \$2 and stay_id < \$3" ], 'sync' ],
        (map { [@bind] } 1 .. 6), 'select generic_plans, custom_plans from pg_prepared_statements' ];
}

my $trigger = q{create function pg_temp.trg() returns trigger language plpgsql as $$ declare n text; begin
  perform set_config('client_min_messages','log',false); perform set_config('debug_print_plan','on',false);
  begin execute 'select dp_count(*) from care.stay where cost > 400000' into n; exception when others then null; end;
  perform set_config('debug_print_plan','off',false); perform set_config('client_min_messages','notice',false); return old; end $$};

my $weights = q{create table own.w2(a float8 primary key, v float8); insert into own.w2 values (0.001, -1);
    insert into own.w2 select g + 0.0001, 380000 + g * 10 from generate_series(1, 5000) g; security label for health_dp on table own.w2 is 'public'};

sub {
    my @trials = (
        { name => 'W13 a cancelled release\'s temporary file', fresh => 1, cancel => qr/^select/, before => [ "set work_mem = '64kB'", 'set max_parallel_workers_per_gather = 0' ],
          # Looking at it all sorts in files, too, where there is little memory: so this one comes first.
          sql => [ 'select dp_count(*) from care.stay s, ref.region r, ref.region r2, ref.region r3, ref.region r4 where s.cost < 300000', 'reset all' ], holds => q{select temp_bytes = 0 from pg_stat_database where datname = 'postgres'} },
        { name => 'W1 own code, LIMIT of a joined set operation', before => \@nested, sql => 'select dp_count(*) from care.stay s left join (select region from ref.region union all select 99 limit own.loud()) r on s.region = r.region where s.cost > 400000' },
        { name => 'W1 own code, EXISTS', before => \@nested, sql => 'select dp_count(*) from care.stay s where case when s.cost > 400000 then exists (select 1 from ref.region union all select 2 limit own.loud()) else false end' },
        { name => 'W1 own code, exact release', before => \@nested, exact => 1, sql => 'select sc_count(distinct s.patient_id) from care.stay s left join (select region from ref.region union all select 99 limit own.quiet((select min(region) from ref.region))) r on s.region = r.region where s.cost > 400000' },
        { name => 'W2 exit_on_error', before => ['set exit_on_error = on'], sql => q{select dp_count(*) from care.stay s where cost > 380000 and btrim(left(repeat('x', 141000000), 140000000 + cost::int)) = 'b'} },
        { name => 'W3 multiplicity by VALUES', exact => 1, refused => qr/^ZD728$/, sql => 'select sc_count(*) from (care.stay s cross join (values (0.001::float8,false),(1.0001,true),(2.0001,true),(3.0001,true)) p(a,flag)) left join care.patient b on b.patient_id = s.patient_id and s.cost = p.a where (s.cost > 400000) = p.flag' },
        { name => 'W3 multiplicity by a table', before => [$weights], exact => 1, refused => qr/./, sql => 'select sc_count(*) from (care.stay s cross join own.w2 p) left join care.patient b on b.patient_id = s.patient_id and s.cost = p.a where s.cost >= p.v', fresh => 1 },
        { name => 'W4 plans out of a foreign key\'s trigger', never => qr/SCAN :/,
          before => [ 'create temp table pk(a int primary key); create temp table fk(a int references pk on delete cascade); insert into pk values (1); insert into fk values (1)', $trigger,
            'create trigger t before delete on fk for each row execute function pg_temp.trg()' ], sql => 'delete from pk' },
        { name => 'W5 a collation with a wrong version', sql => q{select dp_count(*) from care.stay s where case when s.cost > 400000 then lower(nights::text collate own.stale) = 'x' else false end} },
        { name => 'W6 CURRENT_SCHEMA makes a schema', before => ['set search_path = pg_temp, public, health_dp'], sql => q{select health_dp.dp_count(*) from care.stay where case when cost > 400000 then current_schema = 'x' else false end} },
        (map { { name => "W7 generic or custom plan, cost > $_", sql => plans($_) } } map { $_ * 6000 + 330000 } 0 .. 8),
        { name => 'W8 size of the temporary file', before => ["set work_mem = '64kB'", 'set max_parallel_workers_per_gather = 0'], watch => q{select pg_tablespace_size('pg_default')},
          sql => 'select dp_count(*) from care.stay s, ref.region r, ref.region r2 where s.cost < 500 or s.cost > 400000' },
        (map { { name => "W9 $_", sql => "select dp_count(*) from care.stay s where $_" } } $long_text,
            q{lower(case when cost > 400000 then repeat('x', 270000000) else 'a' end) = 'x'}, q{(case when cost > 400000 then repeat('x', 270000000) else 'a' end) ilike '%y%'},
            'case when cost > 400000 then exists (select 1 from ref.region limit -1) else false end', 'case when cost > 400000 then s.region in (select region from ref.region offset -1) else false end'),
        (map { { name => "W9 $_", sql => qq{select dp_count(*) from (select patient_id, cost, nights::text collate "C" as x, region::text collate "POSIX" as y from care.stay) s where case when cost > 400000 then $_ else false end} } }
            'greatest(x, y) is null', 'x = any(array[y])'),
        { name => 'W9 a record parameter', before => [ q{create function pg_temp.f() returns void language plpgsql as $$ declare r record; n bigint; begin for i in 1..2 loop
            if i = 1 then select 1 as x into r; else r := null; end if; select dp_count(*) into n from care.stay where case when cost > 400000 then stay_id = r.x else false end; end loop; end $$} ], sql => 'select pg_temp.f()' },
        # What a member can make fail after its charge: he cancels it. statement_timeout waits for the answer.
        { name => 'W10 failures behind a savepoint', fresh => 1, cancel => qr/^fetch/, holds => q{select count(*) > 0 and count(*) = (select sum(failures) from health_dp.ledger_total)
            from health_dp.charges where status <> 'settled'},
          sql => [ 'begin', 'savepoint a', map({ ("declare $_ cursor for select dp_count(*) from care.stay s, ref.region r, ref.region r2, ref.region r3, ref.region r4 where s.cost < 300000",
            "fetch 1 from $_", 'rollback to a') } qw(c d)), 'commit' ] },
        { name => 'W11 own table, pruning and commit log', before => \@nested, canary => 1, sql => 'select dp_count(*) from care.stay s left join own.pr p on p.a = s.region where s.cost > 400000' },
        { name => 'W11 own table, commit log', before => \@nested, canary => 1, sql => 'select dp_count(*) from care.stay s left join own.hint p on p.a = s.region where s.cost > 400000' },
        { name => 'W11 pages of a cold table', before => \@nested, canary => 1, sql => q{select dp_count(*) from care.stay s left join ref.large b on b.r = s.region and b.a > 3000 and b.filler <> 'q' where s.cost > 400000} },
        { name => 'W12 a label of one\'s own', refused => qr/./, sql => q{security label for health_dp on table own.note is 'public'} },
        { name => 'W12 an exact oracle', fresh => 1, exact => 1, before => [ q{create table own.rg(lo numeric, hi numeric); insert into own.rg values (-1, 370000); security label for health_dp on table own.rg is 'public'} ],
          sql => [ map { ("update own.rg set hi = $_", 'select sc_count(distinct s.patient_id) from care.stay s join own.rg g on s.cost between g.lo and g.hi') } 370000, 400000 ] },
    );
    return @trials;
};
