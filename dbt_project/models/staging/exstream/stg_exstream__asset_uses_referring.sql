{{ staged_asset_uses(of_referring_communications(source('exstream', 'asset_uses'))) }}
