-- How many provinces have a value, by measure and year
pivot (
    select measure, year, count(distinct province_code) as provinces
    from marts.observations
    where province_code != '000000'
    group by all
)
on year using sum(provinces)
order by measure;
