/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemes, results, plan and recognition as JSON. A value that lost a part to a failed allocation becomes NULL, and so
 * does everything around it: half an answer is never written.
 */
#include "product/schemes_json.h"

#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static void add(json_t **list, json_t *value)
{
	if (json_array_append_new(*list, value) == 0)
		return;
	json_decref(*list);
	*list = NULL;
}

static void set(json_t **object, const char *key, json_t *value)
{
	if (json_object_set_new(*object, key, value) == 0)
		return;
	json_decref(*object);
	*object = NULL;
}

bool schemes_json_wanted(const struct schemes_shown *s, size_t scheme)
{
	const struct schemes_scheme *one = &s->data->schemes[scheme];
	return s->targets >> one->first_target & ((1u << one->levels_n) - 1);
}

static json_t *target_names(const struct schemes_data *d, uint64_t targets)
{
	json_t *list = json_array();
	for (size_t t = 0; t < d->targets_n; t++)
		if (targets >> t & 1)
			add(&list, json_string(schemes_target(d, t)->target));
	return list;
}

static json_t *provision_ids(const struct schemes_requirement *q)
{
	json_t *list = json_array();
	for (size_t i = 0; i < q->provisions_n; i++)
		add(&list, json_string(catalogue_table[q->provisions[i]].id));
	return list;
}

static json_t *requirement(const struct schemes_shown *s, const struct schemes_scheme *scheme, size_t i)
{
	const struct schemes_requirement *q = &scheme->requirements[i];
	json_t *beyond = json_array();
	for (size_t k = 0; k < q->beyond_n; k++)
		add(&beyond, json_string(q->beyond[k]->id));
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:s, s:b, s:o, s:s}", "clause", q->clause, "title", q->title,
			      "targets", target_names(s->data, (uint64_t)q->levels << scheme->first_target),
			      "provisions", provision_ids(q), "mapping", schemes_mapping_name(q->mapping), "confirmed",
			      q->confirmed, "beyond", beyond, "note", q->note);
	if (!s->report)
		return o;
	const struct schemes_row *row = &s->report->views[scheme - s->data->schemes].rows[i];
	set(&o, "result", json_string(schemes_result_name(row->result)));
	set(&o, "carried", json_string(schemes_result_name(row->carried)));
	set(&o, "why", json_string(row->why));
	return o;
}

static json_t *level(const struct schemes_shown *s, const struct schemes_scheme *scheme, size_t k)
{
	const struct schemes_level *l = &scheme->levels[k];
	char state[SCHEMES_STATE_SIZE];
	schemes_state_text(scheme, l, s->day, state);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "target", l->target, "name", l->name, "from", l->from,
			      "until", l->until, "state", state);
	if (!s->report)
		return o;
	const struct schemes_sum *sum = &s->report->views[scheme - s->data->schemes].sums[k];
	json_t *counts = json_object();
	for (unsigned r = 0; r < SCHEMES_RESULTS; r++)
		set(&counts, schemes_result_name(r), json_integer((json_int_t)sum->by[r]));
	set(&o, "result", json_string(schemes_result_name(sum->result)));
	set(&o, "counts", counts);
	set(&o, "unconfirmed", json_integer((json_int_t)sum->unconfirmed));
	return o;
}

static json_t *deciders(const struct schemes_scheme *scheme)
{
	json_t *list = json_array();
	for (uint32_t bit = SCHEMES_SELF; bit <= SCHEMES_AUTHORITY; bit <<= 1)
		if (scheme->decides & bit)
			add(&list, json_string(schemes_decider_name((enum schemes_decider)bit)));
	return list;
}

static json_t *scheme_json(const struct schemes_shown *s, size_t i)
{
	const struct schemes_scheme *c = &s->data->schemes[i];
	json_t *levels = json_array(), *requirements = json_array();
	for (size_t k = 0; k < c->levels_n; k++)
		if (s->targets >> (c->first_target + k) & 1)
			add(&levels, level(s, c, k));
	for (size_t k = 0; k < c->requirements_n; k++)
		add(&requirements, requirement(s, c, k));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", c->id,
			 "name", c->name, "title", c->title, "jurisdiction", c->jurisdiction, "edition", c->edition,
			 "dated", c->dated, "source", c->source, "confidence", schemes_confidence_name(c->confidence),
			 "kind", schemes_kind_name(c->kind), "cites", c->cites, "state_note", c->state_note, "note",
			 c->note, "decides", deciders(c), "levels", levels, "requirements", requirements);
}

static json_t *step_json(const struct schemes_shown *s, const struct schemes_step *step)
{
	json_t *items = json_array(), *also = json_array();
	for (size_t i = 0; i < step->n; i++) {
		size_t p = step->provisions[i];
		add(&items, json_pack("{s:s, s:s, s:s, s:s}", "provision", catalogue_table[p].id, "title",
				      catalogue_table[p].title, "result", schemes_result_name(s->input->at[p]), "do",
				      s->todo[p]));
	}
	for (size_t t = 0; t < s->data->targets_n; t++)
		if (step->also[t])
			add(&also, json_pack("{s:s, s:i}", "target", schemes_target(s->data, t)->target, "requirements",
					     (int)step->also[t]));
	return json_pack("{s:o, s:o, s:o}", "items", items, "opens", target_names(s->data, step->opens), "also", also);
}

static json_t *steps_json(const struct schemes_shown *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->plan->n; i++)
		add(&list, step_json(s, &s->plan->steps[i]));
	return list;
}

static json_t *asks_json(const struct schemes_data *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->asks_n; i++)
		add(&list,
		    json_pack("{s:s, s:s, s:s}", "id", d->asks[i].id, "what", d->asks[i].what, "how", d->asks[i].how));
	return list;
}

static json_t *recognition_json(const struct schemes_shown *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->data->recognition_n; i++) {
		const struct schemes_recognition *g = &s->data->recognition[i];
		json_t *clauses = json_array();
		if (!((g->from | g->to) & s->targets)) {
			json_decref(clauses);
			continue;
		}
		for (size_t k = 0; k < g->clauses_n; k++)
			add(&clauses, json_string(g->clauses[k]));
		add(&list,
		    json_pack("{s:o, s:o, s:s, s:o, s:s, s:s, s:b, s:s, s:s}", "from", target_names(s->data, g->from),
			      "to", target_names(s->data, g->to), "effect", schemes_effect_name(g->effect), "clauses",
			      clauses, "what", g->what, "since", g->since, "both_ways", g->both_ways, "source",
			      g->source, "confidence", schemes_confidence_name(g->confidence)));
	}
	return list;
}

json_t *schemes_json(const struct schemes_shown *s)
{
	char day[RFC3339_DATE_SIZE];
	json_t *list = json_array();
	rfc3339_date(s->day, day);
	for (size_t i = 0; i < s->data->n; i++)
		if (schemes_json_wanted(s, i))
			add(&list, scheme_json(s, i));
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o}", "v", 1, "data_edition", s->data->edition,
				 "edition", catalogue_edition, "day", day, "schemes", list, "asks", asks_json(s->data),
				 "recognition", recognition_json(s));
	if (!root || !s->report)
		return root;
	json_t *product = json_pack("{s:s, s:s, s:s}", "product", s->product, "model", s->model, "version", s->version);
	set(&root, "subject", product);
	set(&root, "declared", json_boolean(s->declared));
	set(&root, "assessed", json_boolean(s->input->assessed));
	set(&root, "unblocked", target_names(s->data, s->plan->free_before));
	set(&root, "steps", steps_json(s));
	return root;
}
