import { TomoeError } from "../../../../errors.ts";

/** What is wrong with the bytes of a Parquet table; whoever reads the table says where. */
export function damaged(message: string): TomoeError {
  return new TomoeError("DATA_MANIFEST", message, {
    hint: "Copy or download the table again, or write it anew.",
  });
}

/** What a Parquet table uses and this reader does not know. */
export function notRead(message: string): TomoeError {
  return new TomoeError("DATA_UNSUPPORTED", message, {
    hint: "Write the table anew, e.g. with pyarrow: parquet.write_table(parquet.read_table(OLD), NEW).",
  });
}
