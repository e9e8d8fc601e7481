-- The sha256 of each value that a row of corrections.csv adds, computed from that row
-- Run it with `make sql EXTERNAL=yes`: it reads the seed. `agrees` is true where the panel has the same sum.
select
    observations.file,
    observations.value,
    observations.sha256,
    sha256(
        concat_ws(
            ' ', added.source, added.indicator_label, added.unit, added.province_code, added.year,
            added.corrected_value::double, added.reason
        )
    ) as sha256_of_row,
    observations.sha256 = sha256_of_row as agrees
from read_csv('dbt_project/seeds/corrections.csv', all_varchar = true) as added
inner join marts.observations as observations
    on
        added.source = observations.source
        and added.indicator_label = observations.indicator_label
        and added.unit = observations.unit
        and observations.file
        = concat('dbt_project/seeds/corrections.csv#', added.province_code, '-', added.year)
where added.action = 'add'
order by observations.file;
