-- Weighing room: chats beyond the marks in turn_marks that were measured ahead of their turn, because
-- a filter found them.

-- one act of measuring: which signals, by which version of them
create table turn_readings (reading bigint not null, name varchar not null, version bigint not null);

-- and which chats
create table turn_read (reading bigint not null, ord bigint not null);
