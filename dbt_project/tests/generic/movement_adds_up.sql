{#- A coefficient is unchanged if its change is below the last stored digit (10 significant digits),
    and only then. If the parts of a change are given, they and the code's part add up to the change. -#}
{% test movement_adds_up(model) %}
with

sized as (

    select
        *,
        greatest(
            1e-12, power(10, floor(log10(greatest(abs(old), abs(new), 1e-12))) - 9)
        ) as last_digit,
        -- a comparison from before there was the part has no quality
        restated + filled_in + removed + rule + years + provinces + interpolation + spec
        + code + coalesce(quality, 0) as parts
    from {{ model }}
    where old is not null and new is not null

)

select * from sized
where
    abs(change - (new - old)) > last_digit
    or (status = 'unchanged' and abs(change) > 2 * last_digit)
    or (status <> 'unchanged' and abs(change) < last_digit / 2)
    or (status = 'moved' and parts is null)
    or abs(parts - change) > 1e-9 * greatest(1, abs(old), abs(new))
{% endtest %}
