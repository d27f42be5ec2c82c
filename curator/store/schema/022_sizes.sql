-- How long each text is, in characters: what asks for lengths need not read gigabytes of texts.
-- They, and `place` and `chat` below, are filled in as rows are added (FOLLOWING in cursor.py).
alter table turns add column length integer;
update turns set length = length(content);
alter table rewrites add column length integer;
update rewrites set length = length(content);

-- Whether the turn had an older rewrite: only those can have settled another, and in most workspaces
-- there is none, which row groups tell without being read. Whoever adds a rewrite says so.
alter table rewrites add column again boolean default false;
update rewrites set again = true
where ord not in (select min(ord) from rewrites group by chat, turn_index);

-- Where what is foretold of a rewrite, and what stands on the map, belongs: see `chat` of rewrites.
alter table predictions add column place bigint;
update predictions set place = r.ord from rewrites r where r.id = predictions.rewrite_id;
alter table map_points add column chat bigint;
update map_points set chat = c.ord
from conversations c where c.id = split_part(map_points.item, '#', 1);

-- Turns are counted from 1 in filters since this; the texts of before count them from 0.
alter table views add column first_turn integer default 0;
