{#- Seeds on Spark: the adapter's session method binds text without escaping it, and empty cells as
    the word None. Here each cell is a literal, cast to the type that the seed declares. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- for chunk in agate_table.rows | batch(500) %}
        {%- set sql -%}
            insert into {{ this.render() }} values
            {%- for row in chunk %}
            (
                {%- for column in agate_table.column_names -%}
                cast({{ spark_literal(row[column]) }} as {{ types.get(column, dbt.type_string()) }})
                {{- ', ' if not loop.last -}}
                {%- endfor -%}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        {%- endset -%}
        {%- do adapter.add_query(sql, auto_begin=false) -%}
    {%- endfor %}
    {{ return('') }}
{% endmacro %}

{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
