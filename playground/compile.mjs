// Compiles the Python below a folder with the interpreter that is going to run it: bytecode of another release is of no
// use to it.
import { loadPyodide } from "pyodide";

const [folder] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.mkdirTree("/build");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/build");
const compiled = python.runPython(`
import compileall, py_compile
compileall.compile_dir(
    "/build", maxlevels=30, quiet=1, legacy=True, stripdir="/build", workers=1,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
)`);
process.exit(compiled ? 0 : 1);
