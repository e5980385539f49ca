// Compiles the Python in each folder with the interpreter that is going to run it: bytecode of another release is of no
// use to it. Only archspec keeps its docstrings, which it shows.
import { loadPyodide } from "pyodide";

const [folder] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.mkdirTree("/build");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/build");
const compiled = python.runPython(`
import compileall, py_compile

all([
    compileall.compile_dir(
        f"/build/{name}", maxlevels=30, quiet=1, legacy=True, stripdir=f"/build/{name}", workers=1, optimize=optimize,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    for name, optimize in (("python_stdlib", 2), ("packages", 2), ("archspec", 0))
])`);
process.exit(compiled ? 0 : 1);
