/**
 * Where the connection file of the kernel underneath belongs in its command line. Jupyter puts the front's own file
 * wherever `{connection_file}` stands, so this is another word.
 */
export const CHILD_FILE = "@connection_file@";
