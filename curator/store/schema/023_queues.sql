-- In which queue a reviewer was last looking at a rewrite, as the command that shows it: another
-- queue that is asked for is begun where it begins.
alter table desks add column queue varchar;
