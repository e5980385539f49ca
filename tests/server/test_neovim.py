"""A real Neovim: it opens a spec, sees a finding and a hint, jumps to a definition and renames."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls")
pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim")

SPEC = """archspec: 1
input: [3, 32, 32]
params: {width: 8}
layers:
  - conv: {name: first, channels: $width, kernal: 3}
  - global_pool
  - linear: 10
"""

SCRIPT = """
local found = {}
local function wait(holds) assert(vim.wait(30000, holds, 20), "nothing came in time") end
local client = vim.lsp.start_client({name = "archspec", cmd = {PYTHON, "-m", "archspec", "server"}})
vim.lsp.buf_attach_client(0, client)
wait(function() return #vim.diagnostic.get(0) > 0 end)
local one = vim.diagnostic.get(0)[1]
found.finding = {one.code, one.lnum, one.col}
local line = vim.api.nvim_buf_get_lines(0, 4, 5, false)[1]
vim.api.nvim_buf_set_lines(0, 4, 5, false, {(line:gsub("kernal", "kernel"))})
wait(function() return #vim.diagnostic.get(0, {severity = vim.diagnostic.severity.ERROR}) == 0 end)
local function ask(method, more)
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(), more or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000)
  return answers[client].result
end
local whole = {start = {line = 0, character = 0}, ["end"] = {line = 9, character = 0}}
found.hints = vim.tbl_map(function(hint) return hint.label end, ask("textDocument/inlayHint", {range = whole}))
vim.api.nvim_win_set_cursor(0, {5, 36})
vim.lsp.buf.definition()
wait(function() return vim.api.nvim_win_get_cursor(0)[1] == 3 end)
found.jump = vim.api.nvim_win_get_cursor(0)
vim.lsp.buf.rename("breadth")
wait(function() return vim.api.nvim_buf_get_lines(0, 2, 3, false)[1]:find("breadth") ~= nil end)
found.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")
vim.fn.writefile({vim.fn.json_encode(found)}, "found.json")
vim.cmd("qall!")
"""


def test_neovim_sees_jumps_and_renames(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "do.lua").write_text(f"PYTHON = {json.dumps(sys.executable)}\n{SCRIPT}", encoding="utf-8")
    command = ["nvim", "--headless", "--clean", "-n", "net.yaml", "-c", "luafile do.lua", "-c", "cquit"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (tmp_path / "found.json").exists(), run.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["finding"] == ["A201", 4, 42]
    assert "8 × 32 × 32" in found["hints"]
    assert found["jump"] == [3, 9]
    assert "params: {breadth: 8}" in found["text"]
    assert "channels: $breadth" in found["text"]
