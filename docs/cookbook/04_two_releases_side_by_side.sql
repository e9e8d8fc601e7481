-- The same coefficients on the two newest releases, side by side
-- With one release only, the older columns are empty; `make run AS_OF=2024` brings a second one.
with releases as (
    select release_id, row_number() over (order by max(created_at) desc, release_id) as age
    from results.artifacts
    group by release_id
),

newest as (
    select artifacts.table_id, artifacts.artifact_id, releases.age
    from results.artifacts as artifacts
    inner join releases using (release_id)
    qualify row_number() over (
        partition by artifacts.table_id, releases.age order by artifacts.created_at desc
    ) = 1
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
