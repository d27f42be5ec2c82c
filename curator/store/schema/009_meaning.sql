-- Twins by meaning, beside those by words: cosines of vectors, of one model for each unit.

-- the pieces of each text, by their hash in `embeddings` ('': written in a script that the model does
-- not know); `cjk`: how much of the text is Chinese, Japanese or Korean; `sums`: stands for the sums in
-- it, 0 for none; `held`: whether it has been held against the others
create table twin_meanings (
    unit varchar not null, text bigint not null, piece integer not null, text_hash varchar not null,
    cjk float not null, sums ubigint not null, held boolean not null
);

-- every pair of texts with how alike they are, from the floor of the search up: by meaning a cosine,
-- by wording the share of words in common, weighed by rarity
create table meaning_pairs (
    unit varchar not null, one bigint not null, other bigint not null, likeness float not null,
    kind varchar not null
);

-- whose vectors the pairs of each unit are of, and what the search made of them
create table meaning_searches (
    unit varchar not null, model varchar not null, revision varchar not null,
    version integer not null, floor double not null, usual double not null, crowded bigint not null
);

-- what makes a member a twin: words (`jaccard` is one), meaning (a cosine) or wording (a share)
alter table duplicates add column kind varchar default 'words';

-- the cosine that made twins by meaning; null where only words were compared
alter table duplicate_sweeps add column meaning double;
