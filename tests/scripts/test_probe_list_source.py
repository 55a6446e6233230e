# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What scripts/gen_probe_list.py makes of C code, Makefiles and Kconfig files."""

import re
import unittest

from kernel_trees import IN_ERROR, OUT_ERROR, Case, tree, with_code


class Scanner(Case):
    """What counts as an increment, and in which function."""

    def test_comments_strings_and_macros_count_nothing(self):
        self.assertEqual(self.raised(f"""
// {IN_ERROR}
/* {IN_ERROR}
   " */
#define XFRM_INC_STATS_BH(net, f) XFRM_INC_STATS(net, f)
#error don't {{
static const char *s = "{{ {IN_ERROR} \\" {IN_ERROR}";
void f(void)
{{
	char c = '{{', q = '\\'', r = '"';
	puts("}}" /* }} */);
	{OUT_ERROR}   // }}
}}
"""), ["f XfrmOutError 1"])

    def test_variants_of_the_macro(self):
        self.assertEqual(self.raised("""
void f(void) { XFRM_INC_STATS_BH(net, LINUX_MIB_XFRMINERROR); __XFRM_INC_STATS (net, LINUX_MIB_XFRMINERROR); }
void g(void) { SNMP_INC_STATS(net->mib.xfrm_statistics, LINUX_MIB_XFRMINERROR);
               SNMP_INC_STATS(net->mib.other, LINUX_MIB_XFRMINERROR); }
"""), ["f XfrmInError 2", "g XfrmInError 1"])

    def test_function_names(self):
        body = "{ " + IN_ERROR + " }\n"
        for head, name in {
            "int plain(void)": "plain",
            "static struct sk_buff *\nsplit(struct sk_buff *skb,\n      int (*cb)(struct net *, int))": "split",
            "__printf(1, 2) static __must_check int printed(const char *f, ...)": "printed",
            "static int __attribute__((cold, section(\".x\"))) cold(int a)": "cold",
            "static int __attribute__((cold)) __colder(int a)": "__colder",
            "static bool __locked(int a)\n\t__releases(&a) __acquires(lock(a))": "__locked",
            "EXPORT_SYMBOL(x);\nmodule_init(y);\nint after(void)": "after",
            "DEFINE_THING(x)\nint undelimited(void)": "undelimited",
            "static const struct ops o = {\n\t.f = g(1),\n\t.h = { 1 },\n};\nstruct s {\n\tint x;\n};\nint late(int a)":
                "late",
        }.items():
            with self.subTest(head):
                self.assertEqual(self.raised(head + "\n" + body), [f"{name} XfrmInError 1"])

    def test_conditional_code_keeps_the_braces_in_step(self):
        self.assertEqual(self.raised(f"""
#ifdef CONFIG_A
int one(int a)
#else
int two(int a)
#endif
{{
#if defined(CONFIG_B)
	if (a) {{
#elif defined(CONFIG_C)
	if (!a) {{
#else
	{{
#endif
		{IN_ERROR}
	}}
}}
void after(void) {{ {OUT_ERROR} }}
"""), ["after XfrmOutError 1", "two XfrmInError 1"])

    def test_counter_given_by_a_condition(self):
        self.assertEqual(self.raised("""
void f(int a) { XFRM_INC_STATS(dev_net(g(a, 1)), (a == LINUX_MIB_XFRMOUTNOQSPACE) ?
                               LINUX_MIB_XFRMINERROR : (LINUX_MIB_XFRMOUTERROR)); }
"""), ["f XfrmInError 1", "f XfrmOutError 1"])

    def test_counter_given_by_a_variable(self):
        for body, counters in {
            "int c = LINUX_MIB_XFRMINERROR, d = 0; if (d) c = LINUX_MIB_XFRMOUTERROR;": ["XfrmInError", "XfrmOutError"],
            "int c; if ((c = LINUX_MIB_XFRMINERROR) == d || c == 4) x->c = 3;": ["XfrmInError"],
            "int c = d ? LINUX_MIB_XFRMINERROR : LINUX_MIB_XFRMOUTERROR;": ["XfrmInError", "XfrmOutError"],
            "int c = LINUX_MIB_XFRMINERROR; if (d) c = g();": ["*"],
            "int c = LINUX_MIB_XFRMINERROR; c++;": ["*"],
            "int c = LINUX_MIB_XFRMINERROR; g(&c);": ["*"],
            "int c = LINUX_MIB_XFRMINERROR; c = d ? c : LINUX_MIB_XFRMOUTERROR;": ["*"],
            "int c = e, e = c;": ["*"],
            "": ["*"],
        }.items():
            with self.subTest(body):
                self.assertEqual(self.raised(f"void f(int d) {{ {body} XFRM_INC_STATS(net, c); }}\n"),
                                 [f"f {counter} 1" for counter in counters])

    def test_counter_given_by_a_parameter(self):
        code = ("static void count(struct net *net, int c) {"
                " if (!c) c = LINUX_MIB_XFRMINERROR; XFRM_INC_STATS(net, c); }\n")
        self.assertEqual(self.raised(code), ["count * 1"])
        self.assertEqual(self.inlined(code + "void f(void) { count(net, LINUX_MIB_XFRMINERROR); }\n"), ["count f"])

    def test_a_macro_that_hides_increments_is_refused(self):
        macro = "\n#define DROP(net) \\\n\tdo { " + IN_ERROR + " } while (0)\n"
        said = self.refusal(with_code(macro + "void f(void) { DROP(n); }"))
        self.assertEqual(said, "gen_probe_list.py: tree1: net/xfrm/a.c:2: the macro DROP counts xfrm errors, "
                               "its uses cannot be found")

    def test_an_increment_outside_of_functions_is_refused(self):
        self.assertEqual(self.refusal(with_code("\n" + IN_ERROR)),
                         "gen_probe_list.py: tree1: net/xfrm/a.c:2: this increment is not understood")


class Inlining(Case):
    """The functions that a static function's increments may have been inlined into."""

    LEAF = "static void leaf(void) { " + IN_ERROR + " }\n"

    def test_callers_up_to_one_that_is_not_static(self):
        self.assertEqual(self.inlined(self.LEAF + """
static int mid(int a) { return leaf(), a; }
int top(void) { return mid(1); }
int above(void) { return top(); }
int unrelated(void) { x->leaf(1); y.leaf(2); leaf_other(); return 0; }
"""), ["leaf mid", "leaf top"])

    def test_callers_up_to_one_whose_address_is_taken(self):
        self.assertEqual(self.inlined(self.LEAF + """
static int mid(int a) { return leaf(), a; }
int top(void) { return mid(1); }
static struct ops o = { .f = mid };
"""), ["leaf mid"])

    def test_recursion_ends(self):
        self.assertEqual(self.inlined("static int b(void);\nstatic void a(void) { " + IN_ERROR + " b(); }\n"
                                      "static int b(void) { a(); }\n"), ["a b"])

    def test_no_row_for_a_function_that_is_not_static(self):
        self.assertEqual(self.inlined("static int x;\nvoid f(void) { " + IN_ERROR + " }\nvoid g(void) { f(); }\n"), [])

    def test_header_functions(self):
        files = {"include/net/h.h": "static inline void h(void) { " + IN_ERROR + " }\n",
                 "net/xfrm/a.c": "static void g(void) { h(); }\nvoid f(void) { g(); }\n"}
        self.assertEqual(self.rows(tree(**files)), ['"include/net/h.h", "h", "XfrmInError", "6.1:1", "", nullptr'])
        self.assertEqual(self.rows(tree(**files), kind="INLINED"),
                         ['"include/net/h.h", "h", "f"', '"include/net/h.h", "h", "g"'])


class Building(Case):
    """The options and modules of the rows."""

    def place_of(self, makefile, kconfig, path="net/xfrm/a.c", code="void f(void) { " + IN_ERROR + " }\n"):
        """The last two columns of the only row."""
        folder = makefile.partition(":")[0]
        files = tree(**{f"{folder}/Makefile": makefile.partition(":")[2], "net/Kconfig": kconfig, path: code})
        if path != "net/xfrm/a.c":
            del files["net/xfrm/a.c"]
        row, = self.rows(files)
        return row.split(", ", 4)[4]

    def test_module_of_its_own(self):
        for kconfig in ("config M\n\ttristate \"M\"\n", "menuconfig M\n# why\ntristate\n",
                        "config M\n\tdef_tristate XFRM\n"):
            self.assertEqual(self.place_of("net/xfrm:obj-y += b.o # a.o\nobj-$(CONFIG_M) += c.o a.o\n", kconfig),
                             '"CONFIG_M", "a"')

    def test_bool_option(self):
        kconfig = "config M\n\tbool \"M\"\nchoice\n\ttristate\nconfig N\n\ttristate \"N\"\n"
        self.assertEqual(self.place_of("net/xfrm:obj-$(CONFIG_M) += a.o\n", kconfig), '"CONFIG_M", nullptr')

    def test_always_built_in(self):
        self.assertEqual(self.place_of("net/xfrm:obj-y += a.o\n", ""), '"", nullptr')
        self.assertEqual(self.place_of("net/xfrm:obj-$(subst m,y,$(CONFIG_M)) += a.o\n", "config M\n\ttristate\n"),
                         '"CONFIG_M", nullptr')

    def test_module_of_several_objects(self):
        self.assertEqual(self.place_of("net/xfrm:big-mod-$(CONFIG_PART) := \\\n  b.o \\\n  a.o\nbig-mod-y += c.o\n"
                                       "obj-$(CONFIG_BIG) += big-mod.o\n", "config BIG\n\ttristate\n"),
                         '"CONFIG_BIG CONFIG_PART", "big_mod"')

    def test_makefile_of_a_folder_above(self):
        self.assertEqual(self.place_of("drivers/net/d:d-y := sub/ipsec.o\nobj-$(CONFIG_D) += d.o\n",
                                       "config D\n\ttristate\n", path="drivers/net/d/sub/ipsec.c"), '"CONFIG_D", "d"')

    def test_options_of_the_if_blocks_around(self):
        code = f"""
#if IS_ENABLED(CONFIG_A) && defined(CONFIG_B)
#ifdef CONFIG_A
void f(void) {{
#ifndef CONFIG_C
#if !defined(CONFIG_D)
#if defined(CONFIG_G) || defined(CONFIG_H)
#ifdef CONFIG_E
#else
{IN_ERROR}
#endif
#endif
#endif
#endif
}}
#endif
#endif
#ifdef CONFIG_F
#endif
"""
        self.assertEqual(self.place_of("net/xfrm:obj-y += a.o\n", "", code=code), '"CONFIG_A CONFIG_B", nullptr')

    def test_rows_split_where_versions_are_built_differently(self):
        old = tree("6.1", **{"net/xfrm/Kconfig": "config XFRM\n\ttristate\n"})
        self.assertEqual([row.split(", ", 3)[3] for row in self.rows(old, tree("7.1"))],
                         ['"6.1:1", "CONFIG_XFRM", "a"', '"7.1:1", "CONFIG_XFRM", nullptr'])


if __name__ == "__main__":
    unittest.main()
