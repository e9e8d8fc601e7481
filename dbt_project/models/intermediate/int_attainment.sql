-- Average years of schooling from the sample counts of attainment: the weighted mean over all
-- levels. A province and year without every level, or whose levels do not add up to the printed
-- total within one per cent, gives none: a missing level would be read as nobody.
with

figures as (

    select * from {{ ref('int_figures') }}

),

weights as (

    select * from {{ ref('attainment_weights') }}

),

levels as (

    select
        figures.*,
        weights.years_of_schooling,
        weights.indicator_label is null as is_total
    from figures
    left join weights on figures.indicator_label = weights.indicator_label
    where
        figures.unit = '人'
        and (weights.indicator_label is not null or figures.indicator_label = '6岁及6岁以上人口数')

),

-- the levels of one capture stand in one file or several; the total names the place
averaged as (

    select
        source,
        edition,
        vintage,
        province_code,
        year,
        sum(case when not is_total then value * years_of_schooling end)
        / sum(case when not is_total then value end) as value,
        sum(case when not is_total then value end) as counted,
        sum(case when is_total then value end) as total,
        count(distinct case when not is_total then indicator_label end) as n_levels,
        max(case when is_total then file end) as file,
        max(case when is_total then sha256 end) as sha256,
        max(case when is_total then location end) as location,
        max(case when status = 'simulated' then 'simulated' else 'derived' end) as status,
        case
            when max(case when quality = 'low' then 1 else 0 end) = 1 then 'low'
            when max(case when quality = 'medium' then 1 else 0 end) = 1 then 'medium'
            else 'high'
        end as quality
    from levels
    group by source, edition, vintage, province_code, year

)

select * from averaged
where
    n_levels = (select count(*) from {{ ref('attainment_weights') }})
    and abs(counted - total) <= 0.01 * total
