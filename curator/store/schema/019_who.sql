-- Whose run it was; "" where nobody said, as in the runs of before.
alter table runs add column reviewer varchar default '';
