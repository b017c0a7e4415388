"""Links the records of a file with Splink on DuckDB, trained by expectation maximisation, without a pair that anybody judged.

    python with_splink.py population|legal-entity RECORDS.csv CLUSTERS.csv

CLUSTERS has the id of each record and its cluster at each of some match weights.
"""

import json
import logging
import sys
import time

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

WEIGHTS = [-2, 0, 2, 4, 6, 8, 10, 13, 16, 20, 25]


def levels(name, *found):
    return cl.CustomComparison(output_column_name=name, comparison_levels=[cll.NullLevel(name), *found, cll.ElseLevel()])


def sql(condition, label):
    return cll.CustomLevel(condition, label)


def parts(column):
    return f"list_sort(string_split({column}, ''))"


def name_of_person():
    same = cll.ExactMatchLevel("name", term_frequency_adjustments=True)
    former = sql("former_name_l = name_r OR name_l = former_name_r", "former name")
    order = sql(f"{parts('name_l')} = {parts('name_r')}", "the same characters in another order")
    return levels("name", same, former, order, cll.LevenshteinLevel("name", 1))


def name_of_body():
    same = cll.ExactMatchLevel("name", term_frequency_adjustments=True)
    former = sql("former_name_l = name_r OR name_l = former_name_r", "former name")
    near = [cll.LevenshteinLevel("name", 1), cll.JaroWinklerLevel("name", 0.92), cll.JaroWinklerLevel("name", 0.85)]
    return levels("name", same, former, *near)


def region():
    return levels("region", cll.ExactMatchLevel("region"), sql("substr(region_l, 1, 4) = substr(region_r, 1, 4)", "prefecture"))


def day(column):
    year = sql(f"substr({column}_l, 1, 4) = substr({column}_r, 1, 4)", "the same year")
    return levels(column, cll.ExactMatchLevel(column), cll.DamerauLevenshteinLevel(column, 1), year)


def near_text(column, *thresholds):
    return levels(column, cll.ExactMatchLevel(column), *[cll.JaroWinklerLevel(column, one) for one in thresholds])


PEOPLE = {
    "comparisons": [
        name_of_person(),
        day("birth"),
        cl.ExactMatch("sex"),
        cl.ExactMatch("ethnicity"),
        region(),
        near_text("address", 0.95),
        cl.ExactMatch("phone"),
        levels("number", cll.ExactMatchLevel("number"), cll.LevenshteinLevel("number", 2)),
    ],
    "blocks": [
        block_on("number"),
        block_on("name", "substr(birth, 1, 4)"),
        block_on("name", "region"),
        block_on("birth", "region"),
        block_on("phone"),
        block_on("substr(number, 7, 11)"),
        block_on("array_to_string(list_sort(string_split(name, '')), '')", "birth"),
    ],
    "certain": [block_on("number", "name")],
    "training": [block_on("number"), block_on("name", "birth"), block_on("phone", "address")],
}

BODIES = {
    "comparisons": [
        name_of_body(),
        levels("representative", cll.ExactMatchLevel("representative"), cll.LevenshteinLevel("representative", 1)),
        day("established"),
        region(),
        near_text("address", 0.95),
        levels("code", cll.ExactMatchLevel("code"), cll.LevenshteinLevel("code", 1)),
        levels("registration", cll.ExactMatchLevel("registration"), cll.LevenshteinLevel("registration", 1)),
    ],
    "blocks": [
        block_on("code"),
        block_on("registration"),
        block_on("name"),
        block_on("representative", "address"),
        block_on("representative", "established"),
        block_on("address"),
        block_on("substr(name, 1, 8)", "representative"),
    ],
    "certain": [block_on("code", "name")],
    "training": [block_on("code"), block_on("name", "representative"), block_on("address", "established")],
}


def main(base, records, clusters):
    began = time.monotonic()
    given = PEOPLE if base == "population" else BODIES
    connection = duckdb.connect()
    connection.execute("CREATE TABLE record AS SELECT * FROM read_csv(?, all_varchar = true, header = true, nullstr = '')", [records])
    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=given["comparisons"],
        blocking_rules_to_generate_predictions=given["blocks"],
        retain_matching_columns=False,
    )
    linker = Linker(api.register("record"), settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match(given["certain"], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for block in given["training"]:
        training.estimate_parameters_using_expectation_maximisation(block)
    predicted = linker.inference.predict(threshold_match_weight=min(WEIGHTS), warning_mode="never")
    tables = []
    for at, weight in enumerate(WEIGHTS):
        grouped = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=weight)
        tables.append(f"(SELECT unique_id, cluster_id AS c{at} FROM {grouped.physical_name})")
    connection.execute(f"COPY (SELECT * FROM {' NATURAL JOIN '.join(tables)}) TO '{clusters}' (FORMAT csv, HEADER)")
    print(json.dumps({"weights": WEIGHTS, "seconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main(*sys.argv[1:])
