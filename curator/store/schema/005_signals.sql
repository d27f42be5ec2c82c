-- Weighing room: how far turns are measured, and what a learned order expects.

-- chats whose `ord` is at most `upto` were measured by this version of a turn signal; only what is
-- out of the ordinary has a row in `signals`
create table turn_marks (name varchar not null, version bigint not null, upto bigint not null);

-- what the learned order expects a reviewer to do, 0 reject to 1 accept; only the last model's
create table predictions (
    rewrite_id varchar not null, accept double not null, model_run bigint not null
);

-- how each learned model did in cross-validation, as JSON
create table prediction_models (
    run_id bigint not null, info varchar not null, created timestamp not null
);
