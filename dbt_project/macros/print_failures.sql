{#- At the end of a run: the rows that each failed test returned, at most ten of them, so that the
    log itself names the offending key, value, bound and remedy. -#}
{% macro print_failures(results) -%}
    {%- if execute -%}
    {%- for result in results -%}
        {%- if result.status == 'fail' and result.node.resource_type == 'test' -%}
            {%- set rows = run_query(
                'select * from (' ~ result.node.compiled_code ~ ') limit 10'
            ) -%}
            {%- do log('Offending rows of ' ~ result.node.name ~ ':', info=true) -%}
            {%- for row in rows.rows -%}
                {%- set cells = [] -%}
                {%- for name in rows.column_names -%}
                    {%- if row[name] is not none -%}
                        {%- do cells.append(name ~ '=' ~ row[name]) -%}
                    {%- endif -%}
                {%- endfor -%}
                {%- do log('  ' ~ cells | join(', '), info=true) -%}
            {%- endfor -%}
            {%- if result.failures > 10 -%}
                {%- do log('  and ' ~ (result.failures - 10) ~ ' more', info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
