-- The sources' figures as known on the day asked for, with the written corrections applied.
-- A figure printed as missing is no candidate: an earlier edition's figure stays in its place.
with

known as (

    select * from {{ ref('stg_figures') }}
    where {{ known_as_of('edition', 'vintage') }}

),

corrections as (

    select * from {{ ref('corrections') }}
    where root = '{{ var("coverage_root") }}'

),

-- only the wrong value that was expected is replaced; test `corrections_match` stops on others
corrected as (

    select
        {{ printed_figure('known') }},
        case
            when corrections.source is null then known.value
            else corrections.corrected_value
        end as value,
        case
            when corrections.source is not null and known.status = 'official' then 'derived'
            else known.status
        end as status,
        known.quality,
        known.file,
        known.sha256,
        known.location,
        case
            when corrections.source is null then known.note
            else
                coalesce(known.note || '; ', '') || 'corrected from ' || known.value_printed
                || ': ' || corrections.reason
        end as note
    from known
    left join corrections
        on
            {{ same_figure('known', 'corrections') }}
            and abs(known.value - corrections.expected_value)
            <= 1e-9 * abs(corrections.expected_value)

)

select * from corrected
where value is not null
