from __future__ import annotations

import json

import pytest

from archspec.compiler.typed import TYPED


def params(run, *given):
    result = run("summary", "tiny.yaml", "--format", "json", *given)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["params"]


@pytest.mark.usefixtures("folder")
class TestParams:
    def test_they_are_read_as_yaml(self, run):
        assert params(run, "-p", "classes=10", "--param", "widths=[16, 0x20]") == {"classes": 10, "widths": [16, 32]}

    def test_the_last_of_a_name_counts(self, run):
        assert params(run, "-p", "classes=10", "-p", "classes=11")["classes"] == 11

    @pytest.mark.parametrize("value", ["$( 2 * 5 )", "no", "12:30", '"10"'])
    def test_a_text_is_a_text(self, value, folder, run):
        spec = (folder / "tiny.yaml").read_text().replace("classes: 3", "classes: 3, label: a")
        (folder / "tiny.yaml").write_text(spec)
        assert params(run, "-p", f"label={value}")["label"] == value.strip('"')

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("classes", "expected NAME=VALUE, such as classes=10, found `classes`"),
            ("=10", "expected NAME=VALUE, such as classes=10, found `=10`"),
            ("a b=10", "expected NAME=VALUE, such as classes=10, found `a b=10`"),
            ("classes=", "`classes` has no value; for an empty string, write classes='\"\"'"),
            ("classes=010", "the value of `classes`: the number `010` has a leading zero"),
            ("widths=[1, 2", "the value of `widths`: "),
            ("widths={a: 1}", "the value of `widths` is a mapping"),
            ("classes=!!python/none x", "the value of `classes`: "),
        ],
    )
    def test_what_is_no_value_is_a_mistake(self, given, message, run):
        result = run("summary", "tiny.yaml", "-p", given)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_an_unknown_name_has_a_hint(self, run):
        result = run("summary", "tiny.yaml", "-p", "clases=10")
        assert result.exit_code == 2
        assert result.stderr == "Error: `tiny` has no parameter `clases`; did you mean `classes`?\n"

    @pytest.mark.parametrize("command", ["summary", "validate", "resolve", "draw", "build"])
    def test_a_wrong_value_is_a_finding_about_the_option(self, command, run):
        result = run(command, "tiny.yaml", "-p", "classes=-1")
        assert result.exit_code == 1
        assert result.output.startswith("error[A203]: `-p classes=-1`: `features` of `linear` must be an integer")
        assert "::: tiny.yaml:17:34" in result.output

    def test_that_of_one_side_is_called_as_it_was_typed(self, run):
        result = run("diff", "tiny.yaml", "tiny.yaml", "--param-b", "classes=ten")
        assert result.exit_code == 1
        assert "error[A203]: `--param-b classes=ten`: `features` of `linear`" in result.stderr


PLUGIN = '''
from archspec import Call, Op, op

@op
class Swap(Op):
    """Negation."""

    name = "negation"

    def lower(self, *inputs):
        return Call("torch.neg", {})
'''


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("given", ["", "8,", "8x8", "-1", "1e3", "H=", "=4", "H=x", "9" * 5000, "H=" + "9" * 5000])
def test_a_size_is_an_integer(given, run):
    result = run("summary", "tiny.yaml", "--input-size", given)
    assert result.exit_code == 2
    assert "expected 256, or 256,320, or H=256,W=320, found `" in result.output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("0", "a size is at least 1, found `0`"),
        ("3x224x224", "separate sizes by commas, without the channels: 224,224"),
        ("H=1,H=2", "`H=1,H=2` gives `H` twice"),
        ("8,H=8", "names only some of the sizes"),
        ("3,8,8", "`--input-size 3,8,8`: the input has 2 dimensions, found 3 sizes; leave out the channels"),
        ("input=8,8,8", "`--input-size input=8,8,8`: the input has 2 dimensions, found 3 sizes"),
    ],
)
def test_a_size_that_makes_no_sense(given, message, run):
    result = run("summary", "tiny.yaml", "--input-size", given)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["summary", "validate", "resolve", "draw", "build"])
def test_a_size_that_does_not_fit_says_which_one_would(command, folder, run):
    text = "archspec: 1\nname: u\ninput: [3, H, 64]\nlayers: [conv: {stride: 8}, upsample: 8, add: [., input]]\n"
    (folder / "u.yaml").write_text(text)
    result = run(command, "u.yaml", "--input-size", "63,64")
    assert result.exit_code == 1
    message = "error[A412]: `--input-size 63,64` does not fit `u`: H must be a multiple of 8: 56 or 64"
    assert result.output.startswith(message)
    assert "::: u.yaml:4:42" in result.output


@pytest.mark.parametrize(
    ("given", "shapes"),
    [
        ("96", "3 × 96 × 96 and 1 × 96 × 96"),
        ("96,64", "3 × 96 × 64 and 1 × 96 × 64"),
        ("rgb=96,thermal=96", "3 × 96 × 96 and 1 × 96 × 96"),
        ("rgb=96,64,thermal=96,64", "3 × 96 × 64 and 1 × 96 × 64"),
    ],
)
def test_sizes_of_several_inputs(given, shapes, folder, run):
    inputs = "inputs: {rgb: [3, 64, 64], thermal: [1, 64, 64]}\n"
    (folder / "two.yaml").write_text(f"archspec: 1\nname: two\n{inputs}layers: [concat: [rgb, thermal], conv: 8]\n")
    result = run("summary", "two.yaml", "--input-size", given)
    assert result.exit_code == 0, result.output
    assert shapes in result.stdout


class TestPlugins:
    def test_a_plugin_is_imported_before_anything_is_read(self, folder, process):
        (folder / "my_ops.py").write_text(PLUGIN.replace("from archspec import Call, Op, op", IMPORTS))
        (folder / "mine.yaml").write_text("archspec: 1\ninput: [3]\nlayers: [negation]\n")
        assert process("validate", "mine.yaml").returncode == 1
        done = process("validate", "mine.yaml", "--plugin", "my_ops")
        assert done.stdout == "1 file: valid\n", done.stderr

    def test_one_that_does_not_exist_is_a_mistake(self, run):
        result = run("list", "--plugin", "there_is_no_such_module")
        assert result.exit_code == 2
        assert "the plugin `there_is_no_such_module` cannot be imported" in result.stderr


IMPORTS = "from archspec import Op, op\nfrom archspec.types.call import Call"


@pytest.mark.parametrize("option", [("-p", "classes=1"), ("--input-size", "9"), ("--in-channels", "1,a=2")])
def test_what_was_typed_is_forgotten_even_where_it_was_wrong(option, folder, run):
    run("summary", "tiny.yaml", *option)
    run("weights", "tiny.yaml", "w.pth", *option)
    assert not TYPED.get()
