-- What a workspace's texts taught about their character runs, and whose vectors `embed` made last.

-- buckets: int32, axes: float16, `directions` of them a bucket; both little-endian
create table embedding_fits (
    unit varchar not null, name varchar not null, texts bigint not null,
    directions integer not null, buckets blob not null, axes blob not null,
    run_id bigint, created timestamp not null
);

-- a unit's own vectors are those of one model; other stages may make others beside them
create table embedding_choices (
    unit varchar not null, model varchar not null, revision varchar not null,
    run_id bigint, created timestamp not null
);
