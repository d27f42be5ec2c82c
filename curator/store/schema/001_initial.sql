-- One workspace. No secondary indexes, no foreign keys, no updates of list columns: see the design.
-- Texts are zstd: the default compression costs 40 % more CPU and a file half as big again.

create table runs (
    id bigint not null, stage varchar not null, config varchar not null, state varchar not null,
    started timestamp not null, ended timestamp, report varchar not null default '{}'
);

create table failures (
    run_id bigint not null, target varchar not null, reason varchar not null,
    raw varchar using compression zstd
);

-- front door -------------------------------------------------------------------------------------

create table conversations (
    ord bigint not null, id varchar not null,
    source varchar not null, line bigint, format varchar not null, source_id varchar not null,
    license varchar, language varchar, category varchar,
    turn_count integer not null, meta varchar using compression zstd, run_id bigint
);

-- written in conversation order, so that range fetches need no index
create table turns (
    ord bigint not null, turn_index integer not null, role varchar not null,
    content varchar using compression zstd, extra varchar using compression zstd
);

create table rejects (
    run_id bigint, file varchar not null, line bigint, byte bigint, reason varchar not null,
    raw varchar using compression zstd
);

-- conversations that another one stands in for; every stage leaves them out
create table hidden (ord bigint not null);

-- `made`: whether the fix brought the new conversation in (or back to light), so that undo hides it
create table fixes (
    run_id bigint not null, old_ord bigint not null, new_ord bigint, kinds varchar not null,
    made boolean not null, undone boolean not null
);

-- workshop ---------------------------------------------------------------------------------------

create table rewrites (
    ord bigint not null, id varchar not null,
    conversation_id varchar not null, turn_index integer not null,
    criticism varchar using compression zstd, content varchar using compression zstd,
    verdict varchar not null, model varchar not null, prompt_digest varchar not null,
    advice varchar not null, candidate integer not null, horizon integer not null,
    details varchar using compression zstd,  -- evidence, shown, trimmed, sampling, call_key
    run_id bigint, created timestamp not null
);

-- raw replies as they came over the wire, in the order they were paid for
create table llm_calls (
    ord bigint not null, key varchar not null, role varchar not null, model varchar not null,
    endpoint varchar not null, request varchar using compression zstd,
    reply blob using compression zstd,
    prompt_tokens bigint, completion_tokens bigint, cost double, seconds double,
    created timestamp not null
);

-- what was found out about an endpoint, so that it is found out once
create table engine_facts (name varchar primary key, value varchar not null);

-- weighing room ----------------------------------------------------------------------------------

create table signals (
    conversation_id varchar not null, turn_index integer not null, rewrite_id varchar,
    name varchar not null, value double not null, flagged boolean not null, note varchar,
    version integer not null, run_id bigint
);

-- the search for twins whose groups `duplicates` holds, one row a unit
create table duplicate_sweeps (
    run_id bigint, unit varchar not null, threshold double not null, items bigint not null,
    fingerprint varchar not null
);

-- keeper and member are a conversation's id, `id#turn`, or a rewrite's id, by unit
create table duplicates (
    run_id bigint not null, unit varchar not null, threshold double not null,
    keeper varchar not null, member varchar not null, jaccard double not null
);

create table embeddings (
    text_hash varchar not null, model varchar not null, revision varchar not null,
    dimensions integer not null, vector float[] not null
);

create table embedded_units (
    conversation_id varchar not null, unit varchar not null, text_hash varchar not null
);

-- reading room -----------------------------------------------------------------------------------

create table events (
    seq bigint not null, op varchar not null, created timestamp not null, reviewer varchar not null,
    verdict varchar not null, rewrite_id varchar not null, conversation_id varchar not null,
    turn_index integer not null, content varchar using compression zstd, reason varchar not null,
    undoes bigint, seconds double, extra varchar
);

-- rebuilt from events at any time
create table heads (
    rewrite_id varchar primary key, conversation_id varchar not null, turn_index integer not null,
    verdict varchar, content varchar using compression zstd, flagged boolean not null,
    marks varchar not null, reviewer varchar not null, seq bigint not null
);

-- where each reviewer left off, and what was being typed
create table desks (reviewer varchar not null, rewrite_id varchar not null, draft varchar);

-- one row: which journal belongs to this file
create table identity (workspace varchar not null, created timestamp not null);

-- loading dock, gym, exam ------------------------------------------------------------------------

create table exports (
    id bigint not null, run_id bigint, path varchar not null, format varchar not null,
    row_count bigint not null, sha256 varchar not null, manifest varchar not null,
    created timestamp not null
);

-- where each line of an exported file came from; turn_index -1: the whole chat
create table export_lines (
    export_id bigint not null, file varchar not null, sha256 varchar not null,
    line bigint not null, ord bigint not null, turn_index integer not null
);

create table adapters (
    id bigint not null, run_id bigint, path varchar not null, base_model varchar not null,
    data_sha256 varchar not null, settings varchar not null, losses varchar not null,
    parent varchar not null, created timestamp not null
);

-- what each system said, once; `prompt` is a JSON list of the user's turns
create table answers (
    key varchar not null, run_id bigint, system varchar not null, category varchar not null,
    prompt varchar not null, answer varchar using compression zstd, created timestamp not null
);

-- one score; null where the judge gave none that counts, and why
create table evaluations (
    key varchar not null, run_id bigint, system varchar not null, category varchar not null,
    prompt varchar not null, answer varchar using compression zstd, judge varchar not null,
    score double, reason varchar, created timestamp not null
);

-- one blind verdict on a rewrite against the original: old, new or tie
create table comparisons (
    key varchar not null, run_id bigint, rewrite_id varchar not null,
    conversation_id varchar not null, turn_index integer not null, hindsight boolean not null,
    new_first boolean not null, judge varchar not null, rubric varchar not null,
    verdict varchar not null, reason varchar using compression zstd, created timestamp not null
);
