#!/usr/bin/env python3
"""Writes pii/data/phone_plans.tsv: the numbering plan of every region, from libphonenumber's metadata.

usage: pip install phonenumbers==9.0.43 && scripts/phone-plans.py >pii/data/phone_plans.tsv

Columns: region, calling code, trunk prefix, pattern of national numbers of every kind, examples. The
metadata is Google's libphonenumber (Apache-2.0), as the package phonenumbers carries it.
"""

import phonenumbers
from phonenumbers import PhoneMetadata

KINDS = (
    "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan".split()
)


def main():
    print(f"# Numbering plans, from the metadata of libphonenumber {phonenumbers.__version__},")
    print("# copyright The Libphonenumber Authors, Apache-2.0. Written by scripts/phone-plans.py.")
    print("# region\tcode\ttrunk prefix\tnational numbers\texamples")
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = PhoneMetadata.metadata_for_region(region)
        described = [getattr(plan, kind) for kind in KINDS]
        patterns, examples = [], []
        for one in described:
            if one is None or not one.national_number_pattern:
                continue
            if one.national_number_pattern not in patterns:
                patterns.append(one.national_number_pattern)
            if one.example_number and len(examples) < 2:
                examples.append(one.example_number)
        fields = (region, plan.country_code, plan.national_prefix or "", "|".join(patterns), " ".join(examples))
        print(*fields, sep="\t")


main()
