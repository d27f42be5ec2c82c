-- Tags on conversations: every act is kept, so that it can be taken back; `tags` is what stands.

create table tag_acts (
    act bigint not null, created timestamp not null, reviewer varchar not null,
    verb varchar not null, tag varchar not null, undoes bigint
);

-- the conversations that an act changed, and no others
create table tagged (act bigint not null, ord bigint not null);

create table tags (ord bigint not null, tag varchar not null);

-- filters with a name
create table views (
    name varchar not null, filter varchar not null, sort varchar not null,
    state varchar not null, seed bigint not null, created timestamp not null
);

-- how strongly users object to the answer that a rewrite would replace, 0 to 1, by a method's number
create table rewrite_objections (
    ord bigint not null, strength float not null, method integer not null
);
