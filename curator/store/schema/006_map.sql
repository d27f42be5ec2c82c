-- One map for each unit, of one model: where every item stands, and the clusters on three levels.

create table maps (
    unit varchar not null, model varchar not null, revision varchar not null,
    seed bigint not null, run_id bigint, created timestamp not null
);

-- isolation: 1 - mean cosine to the ten nearest; typical: cosine to the middle of its fine cluster
create table map_points (
    unit varchar not null, item varchar not null, x float not null, y float not null,
    coarse integer not null, middle integer not null, fine integer not null,
    isolation float not null, typical float not null, run_id bigint
);

-- level 0 is coarse, 2 fine; parent is the cluster of the level above; x, y the middle of its points
create table clusters (
    unit varchar not null, level integer not null, cluster integer not null,
    parent integer not null, name varchar not null, size bigint not null,
    x float not null, y float not null, example varchar not null
);
