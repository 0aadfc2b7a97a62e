// The decoder's child by itself: started as the reader starts it, fed by hand.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  type DecodedImage,
  packImages,
  unpackAnswers,
} from "../../../../../../../ts/data/volume/dicom/codecs/jpeg2000-frames.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";
import { encodeJpeg2000 } from "../../../../../../support/jpeg2000-encode.ts";

const child = fileURLToPath(
  new URL("../../../../../../../ts/data/volume/dicom/codecs/jpeg2000-child.ts", import.meta.url),
);
const run = (input: Uint8Array) => spawnSync(process.execPath, [child], { input, maxBuffer: 2 ** 24 });
const samples = (image: DecodedImage | undefined): number[] => {
  const bytes = Uint8Array.from(image?.samples ?? []);
  return [...new Int16Array(bytes.buffer)];
};

describe("the decoding child", () => {
  it("answers each image in turn, with what its codestream says of it", async () => {
    const picture = bodyVoxels(40, 24, 1);
    const dark = picture.map((hu) => Math.min(127, Math.max(-128, hu)));
    const images = [
      await encodeJpeg2000(picture, 40, 24),
      await encodeJpeg2000(picture, 40, 24, { lossy: true }),
      await encodeJpeg2000(dark, 40, 24),
    ];
    const { status, stdout } = run(packImages(images));
    const [exact, lossy, third] = unpackAnswers(stdout, 3) ?? [];
    expect(status).toBe(0);
    expect(exact).toMatchObject({
      status: 0,
      width: 40,
      height: 24,
      bits: 16,
      signed: true,
      reversible: true,
    });
    expect(samples(exact)).toEqual([...picture]);
    expect(lossy).toMatchObject({ status: 0, reversible: false });
    expect(samples(lossy)).toHaveLength(960);
    expect(samples(third)).toEqual([...dark]);
  });

  it("says which image it could not read, and reads the one behind it", async () => {
    const good = await encodeJpeg2000(bodyVoxels(40, 24, 1), 40, 24);
    const { status, stdout } = run(packImages([Buffer.from("no codestream"), good]));
    expect(status).toBe(0);
    expect(unpackAnswers(stdout, 2)?.map((image) => [image.status === 0, image.samples.length])).toEqual([
      [false, 0],
      [true, 1920],
    ]);
  });

  it("ends with 65 and no answer when its input does not add up", async () => {
    const whole = packImages([await encodeJpeg2000(bodyVoxels(40, 24, 1), 40, 24)]);
    const { status, stdout } = run(whole.subarray(0, whole.length - 1));
    expect([status, stdout.length]).toEqual([65, 0]);
  });
});
