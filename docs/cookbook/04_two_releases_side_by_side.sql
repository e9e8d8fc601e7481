-- The same coefficients on the two newest releases of each table, side by side
-- With one release only, the older columns are empty; `make run AS_OF=2024` brings a second one.
-- An artifact that was estimated on another edition for the path of a finding is no release of its table.
with newest as (  -- a table's own releases: a paper with data of its own has its own
    select
        table_id,
        arg_max(artifact_id, created_at) as artifact_id,
        row_number() over (
            partition by table_id order by max(created_at) desc, release_id
        ) as age
    from results.artifacts
    where
        is_current
        or artifact_id not in (
            select artifact_id from results.finding_paths where data_set <> 'panel'
        )
    group by table_id, release_id
),

numbers as (
    select coefficients.*, newest.age
    from results.coefficients as coefficients
    inner join newest using (table_id, artifact_id)
)

select
    new.table_id,
    new.model,
    new.term,
    new.inference,
    old.estimate as older,
    new.estimate as newer,
    new.estimate - old.estimate as change,
    old.p_value as older_p,
    new.p_value as newer_p
from numbers as new
left join numbers as old
    on
        new.table_id = old.table_id and new.model = old.model and new.term = old.term
        and new.inference = old.inference and old.age = 2
where new.age = 1
order by abs(change) desc nulls last, new.table_id, new.model, new.term;
