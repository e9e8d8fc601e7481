-- The sources' values as known on the day asked for, with the written corrections applied.
-- A value printed as missing is no candidate: an earlier edition's value stays in its place.
with

known as (

    select * from {{ ref('stg_extracted__figures') }}
    where {{ known_as_of('edition', 'vintage') }}

),

corrections as (

    select * from {{ ref('corrections') }}
    where
        root = '{{ var("coverage_root") }}'
        and {{ known_as_of('edition', 'corrected_on') }}

),

-- only the wrong value that was expected changes; test `corrections_match` stops on others
changed as (

    select
        {{ printed_figure('known') }},
        case
            when corrections.action = 'replace' then corrections.corrected_value
            when corrections.action is null or corrections.action = 'grade' then known.value
        end as value,
        case
            when corrections.action = 'replace' and known.status = 'official' then 'derived'
            else known.status
        end as status,
        coalesce(corrections.quality, known.quality) as quality,
        known.file,
        known.sha256,
        known.location,
        case
            when corrections.source is null then known.note
            when corrections.action = 'grade'
                then
                    coalesce(known.note || '; ', '') || 'quality ' || corrections.quality
                    || ' instead of ' || known.quality || ': ' || corrections.reason
            else
                coalesce(known.note || '; ', '') || 'corrected from ' || known.value_printed
                || ': ' || corrections.reason
        end as note
    from known
    left join corrections
        on
            {{ same_figure('known', 'corrections') }}
            and corrections.action in ('replace', 'withdraw', 'grade')
            and abs(known.value - corrections.expected_value)
            <= 1e-9 * abs(corrections.expected_value)

),

-- a value that no archived file prints: its row of the seed is its file
added as (

    select
        source,
        edition,
        corrected_on as vintage,
        indicator_label,
        unit,
        province_code,
        year,
        cast(corrected_value as {{ dbt.type_string() }}) as value_printed,
        corrected_value as value,
        'official' as status,
        quality,
        'dbt_project/seeds/corrections.csv#' || province_code || '-'
        || cast(year as {{ dbt.type_string() }}) as file,
        {{ text_sha256(added_value_text()) }} as sha256,
        'row ' || province_code || ' ' || cast(year as {{ dbt.type_string() }}) as location,
        'added: ' || reason as note
    from corrections
    where action = 'add'

)

select * from changed
where value is not null
union all
select * from added
