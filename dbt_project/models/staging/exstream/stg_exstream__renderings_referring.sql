{{ staged_renderings(of_referring_communications(source('exstream', 'renderings'))) }}
