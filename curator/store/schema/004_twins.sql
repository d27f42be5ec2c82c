-- What the search for near twins keeps, so that new texts are held against old ones without reading
-- these again, and another threshold needs no new search. `text` numbers the different texts of a
-- unit (words compared, not letters); `ord` is a conversation's, or a rewrite's where that is the unit.

-- which text stands where; turn_index -1: the whole chat or rewrite; text -1: nothing to compare
create table twin_places (
    unit varchar not null, ord bigint not null, turn_index integer not null, text bigint not null,
    size bigint not null
);

-- one MinHash row (128 little-endian uint32, datasketch's affine32, seed 1) a text and shingle size
create table twin_sketches (
    unit varchar not null, text bigint not null, shingle tinyint not null, own boolean not null,
    name_1 ubigint not null, name_2 ubigint not null, words integer not null,
    numbers ubigint not null, kept integer not null, signature blob using compression uncompressed
);

-- shingles that so many texts of a source share that they say nothing about two of them
create table twin_templates (
    unit varchar not null, source varchar not null, shingle tinyint not null, hash ubigint not null
);

-- the sources whose templates were looked for: in how many texts, how many share one, an example
create table twin_sources (
    unit varchar not null, source varchar not null, texts bigint not null, sharing bigint not null,
    example varchar
);

-- every pair of texts with its exact Jaccard, from the floor of the search up
create table twin_pairs (
    unit varchar not null, one bigint not null, other bigint not null, jaccard double not null
);

-- how far each unit's search has come: texts below `searched` have been held against each other
create table twin_searches (
    unit varchar not null, version integer not null, whole boolean not null, searched bigint not null
);

-- chained together with too many others to be removed without a person's word
alter table duplicates add column held boolean default false;

-- what a person wants kept although it is a twin; the last row of a place counts
create table twin_spared (
    unit varchar not null, ord bigint not null, turn_index integer not null, spared boolean not null,
    marked timestamp not null
);
