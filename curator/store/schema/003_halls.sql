-- What was taken out of sight, and taken back: these tables are only ever added to, so that every
-- act and its undoing can be looked at, and undone, again. A run's number says who did it and when.

-- `run_id` laid a veil over the conversation
create table veils (ord bigint not null, run_id bigint not null, why varchar not null);

-- `run_id` brought it back to light: it lifts every veil that is older
create table lifts (ord bigint not null, run_id bigint not null);

-- the same for a rewrite whose run was taken back, and which was made once more
create table rewrite_lifts (ord bigint not null, run_id bigint not null);

-- `run_id` took back all that the run `target` did; its own taking back restores it
create table rollbacks (run_id bigint not null, target bigint not null);

-- the runs that do not count now, and which run saw to that; follows from rollbacks
create table taken_back (run_id bigint not null, by_run bigint not null);

insert into veils
select h.ord, coalesce(max(f.run_id), -1), 'fix'
from hidden h left join fixes f on f.old_ord = h.ord or f.new_ord = h.ord
group by h.ord;

drop table hidden;

-- conversations that no stage works on, once for every reason; every stage leaves them out
create view hidden as
with shown as (
    select ord, max(run_id) as run_id from lifts
    where run_id not in (select run_id from taken_back) group by ord
), covered as (
    select ord, run_id, why from veils
    where run_id not in (select run_id from taken_back)
    union all
    select c.ord, b.by_run, 'rollback' from conversations c join taken_back b using (run_id)
)
select c.ord, c.run_id, c.why from covered c left join shown s on s.ord = c.ord
where s.run_id is null or s.run_id < c.run_id;

-- rewrites whose run was taken back
create view withdrawn as
with shown as (
    select ord, max(run_id) as run_id from rewrite_lifts
    where run_id not in (select run_id from taken_back) group by ord
)
select r.ord, b.by_run as run_id
from rewrites r join taken_back b using (run_id) left join shown s on s.ord = r.ord
where s.run_id is null or s.run_id < b.by_run;

-- a named moment: how far each table had come, and what did not count then (JSON lists)
create table snapshots (
    name varchar not null, created timestamp not null, reviewer varchar not null,
    seq bigint not null,
    last_ord bigint not null, last_rewrite bigint not null, last_run bigint not null
);
