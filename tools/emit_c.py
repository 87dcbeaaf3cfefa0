# SPDX-License-Identifier: Apache-2.0
"""What the tools that turn data/ into C tables share: literals, lists, bits."""
import json
import sys

MEANS = 'doc process ixit net fw device lib'.split()


def text(value):
    return 'NULL' if value is None else json.dumps(value)


def texts(values):
    return '(const char *const[]){' + ', '.join([text(v) for v in values] + ['NULL']) + '}'


def bits(values, prefix, names, where):
    unknown = [v for v in values if v not in names]
    if unknown:
        sys.exit(f'{where}: not known: {unknown}')
    return ' | '.join(prefix + v.upper() for v in values) or '0'


def row(fields):
    return '\t{' + ', '.join(f'.{k} = {v}' for k, v in fields.items()) + '},'


def write(path, source, includes, lines):
    head = ['/* SPDX-License-Identifier: Apache-2.0 */', f'/* Generated from {source}: do not edit. */']
    head += [f'#include "{name}"' for name in includes] + ['']
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(head + lines) + '\n')
