-- Every value as each edition and vintage prints it, and its conversion to the panel's unit where
-- the panel takes it. A value that is printed as missing is here too, with `value` empty.
with

figures as (

    select * from {{ ref('stg_extracted__figures') }}
    where {{ known_as_of('edition', 'vintage') }}

),

candidates as (

    select * from {{ ref('candidates') }}

)

select
    {{ printed_figure('figures') }},
    figures.value,
    candidates.measure,
    candidates.value as value_in_panel_unit,
    coalesce(candidates.is_winner, false) as is_winner,
    figures.status,
    figures.quality,
    figures.file,
    figures.sha256,
    figures.location,
    figures.compiled_from,
    figures.note
from figures
left join candidates
    on
        {{ same_figure('figures', 'candidates') }}
        and figures.vintage = candidates.vintage
        -- a value computed from several labels is not printed as such
        and figures.value_printed = candidates.value_printed
order by
    figures.source, figures.indicator_label, figures.unit, figures.province_code, figures.year,
    figures.edition, figures.vintage
