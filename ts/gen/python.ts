// @generated from pyproject.toml by scripts/generate.mjs; do not edit.

/** The oldest Python that the worker runs on. */
export const leastPython = "3.11";

/** The distributions that the worker imports, each with the oldest version it works with. */
export const leastVersions: Readonly<Record<string, string>> = {
  "torch": "2.11",
  "transformers": "5",
  "tokenizers": "0.22",
  "safetensors": "0.8",
  "numpy": "2",
  "grpcio": "1.80",
  "protobuf": "6",
  "pyarrow": "21",
  "pyzmq": "27",
  "isal": "1.7",
  "rfc8785": "0.1.4",
  "nltk": "3.9.2",
  "rouge-score": "0.1.2",
  "sacrebleu": "2.6",
  "gguf": "0.19",
  "onnx": "1.20",
  "peft": "0.21",
};
