"""Six views of the whole object from one picture of its visible part: Zero123++ (arXiv 2310.15110), the
networks whose UNet DeOcc-1-to-3 fine-tunes.

framing     photo and mask -> the cut-out in the middle of a square
preprocess  cut-out -> pixels of the two encoders
attention   the reference picture's tokens join the views' self-attention
schedule    noise levels and the sampler's step
sampler     noise -> latents of six views
latents     latents <-> pictures, the 3x2 tile, the quick preview
cutout      views on their known ground -> views with alpha
precision   half precision's overflow
networks    the three networks from their files
network     all of them in order: `ViewDiffusion`
checkpoint, sources, student, prompt   published files -> files ready for strict reading
"""
